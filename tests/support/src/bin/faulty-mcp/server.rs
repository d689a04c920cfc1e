//! Messages in, messages out. Every call has a thread of its own, so that one that never ends is
//! in nobody's way.

use std::collections::HashMap;
use std::env;
use std::io::{self, Write as _};
use std::process::{Command, Stdio};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};

use crate::log::Log;
use crate::settings::Settings;
use crate::tools;

pub(crate) struct Server {
    settings: Settings,
    log: Log,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Calls under way, by the id of their request; a message means that they are cancelled.
    running: HashMap<String, Sender<()>>,
    /// Our own requests that wait for a reply.
    asked: HashMap<String, Sender<Value>>,
    grown: bool,
}

/// One call under way.
pub(crate) struct Call<'a> {
    pub(crate) server: &'a Server,
    pub(crate) arguments: Value,
    progress_token: Value,
    cancelled: Receiver<()>,
}

impl Server {
    pub(crate) fn new(settings: Settings) -> Self {
        let log = Log(settings.log.clone());
        let state = Mutex::default();
        Self {
            settings,
            log,
            state,
        }
    }

    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    pub(crate) fn log(&self) -> &Log {
        &self.log
    }

    pub(crate) fn receive(self: &Arc<Self>, line: &str) {
        let message: Value = serde_json::from_str(line).expect("a client sends JSON");
        let id = message["id"].clone();
        let params = &message["params"];
        match message["method"].as_str() {
            None => self.reply_to_us(&message),
            Some("initialize") => self.greet(&id, params),
            Some("notifications/cancelled") => self.cancel(&params["requestId"]),
            Some("ping") => self.answer(&id, json!({})),
            Some("tools/list") => self.answer(&id, self.page(params)),
            Some("tools/call") => self.start_call(id, params.clone()),
            Some(_) if id.is_null() => {}
            Some(method) => self.refuse(&id, -32601, &format!("no method `{method}`")),
        }
    }

    fn greet(&self, id: &Value, params: &Value) {
        self.log
            .write(json!({"event": "greeted", "client": params["clientInfo"]["name"]}));
        if self.settings.mute {
            return;
        }
        thread::sleep(self.settings.slow);
        let mut greeting = json!({
            "protocolVersion": params["protocolVersion"],
            "capabilities": {"tools": {"listChanged": true}},
            "serverInfo": {"name": "faulty", "version": "1"},
        });
        if let Some(instructions) = &self.settings.instructions {
            greeting["instructions"] = instructions.clone().into();
        }
        self.answer(id, greeting);
    }

    fn page(&self, params: &Value) -> Value {
        let all = tools::list(self.settings.odd_names, self.state().grown);
        let size = if self.settings.page == 0 {
            all.len()
        } else {
            self.settings.page
        };
        let from: usize = params["cursor"]
            .as_str()
            .map_or(0, |it| it.parse().expect("a cursor of ours"));
        let next = from + size;
        let mut page = json!({"tools": &all[from..next.min(all.len())]});
        if next < all.len() {
            page["nextCursor"] = next.to_string().into();
        }
        page
    }

    fn start_call(self: &Arc<Self>, id: Value, params: Value) {
        let (cancel, cancelled) = mpsc::channel();
        self.state().running.insert(id.to_string(), cancel);
        let server = Arc::clone(self);
        thread::spawn(move || server.carry_out(&id, &params, cancelled));
    }

    fn carry_out(&self, id: &Value, params: &Value, cancelled: Receiver<()>) {
        let name = params["name"].as_str().expect("a tool's name");
        let earlier = self.log.calls_of(name);
        self.log
            .write(json!({"call": name, "arguments": params["arguments"]}));
        let call = Call {
            server: self,
            arguments: params["arguments"].clone(),
            progress_token: params["_meta"]["progressToken"].clone(),
            cancelled,
        };
        if let Some(result) = tools::run(name, &call, earlier) {
            self.answer(id, result);
        }
    }

    fn cancel(&self, id: &Value) {
        if let Some(call) = self.state().running.remove(&id.to_string()) {
            self.log.write(json!({"event": "cancelled", "request": id}));
            // A call that has ended meanwhile is not there to hear it.
            let _ = call.send(());
        }
    }

    /// Adds a tool and says so.
    pub(crate) fn grow(&self) {
        self.state().grown = true;
        self.send(json!({"method": "notifications/tools/list_changed"}));
    }

    /// Asks the client something and waits for its reply.
    pub(crate) fn ask(&self, method: &str, params: Value) -> Value {
        let (reply, replied) = mpsc::channel();
        self.state().asked.insert(method.to_owned(), reply);
        self.send(json!({"id": method, "method": method, "params": params}));
        let waited = replied.recv_timeout(Duration::from_secs(20));
        waited.unwrap_or_else(|_| "no reply".into())
    }

    fn reply_to_us(&self, message: &Value) {
        let id = message["id"].as_str().unwrap_or_default();
        if let Some(asker) = self.state().asked.remove(id) {
            let reply = message.get("result").unwrap_or(&message["error"]);
            asker.send(reply.clone()).expect("somebody who asked");
        }
    }

    fn answer(&self, id: &Value, result: Value) {
        self.state().running.remove(&id.to_string());
        self.send(json!({"id": id, "result": result}));
    }

    fn refuse(&self, id: &Value, code: i32, message: &str) {
        self.send(json!({"id": id, "error": {"code": code, "message": message}}));
    }

    fn send(&self, mut message: Value) {
        message["jsonrpc"] = "2.0".into();
        let mut text = format!("{message}\n");
        if self.settings.garbage {
            text = format!("Server is ready!\n\n{{\"jsonrpc\": \"2.0\", \"oops\n[]\n{text}");
        }
        let mut stdout = io::stdout().lock();
        let sent = stdout
            .write_all(text.as_bytes())
            .and_then(|()| stdout.flush());
        // A client that is gone ends us through our stdin.
        let _ = sent;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state
            .lock()
            .expect("no thread panicked while it wrote")
    }
}

impl Call<'_> {
    /// Tells how far it is, if somebody wants to know.
    pub(crate) fn report(&self, done: u64, total: u64) {
        if !self.progress_token.is_null() {
            let params = json!({"progressToken": self.progress_token, "progress": done,
                                "total": total, "message": format!("step {done}")});
            let method = "notifications/progress";
            self.server
                .send(json!({"method": method, "params": params}));
        }
    }

    /// Waits; `false` when it was cancelled meanwhile.
    pub(crate) fn wait(&self, time: Duration) -> bool {
        self.cancelled.recv_timeout(time).is_err()
    }

    /// Waits until it is cancelled.
    pub(crate) fn wait_for_cancellation(&self) {
        // An error means that nobody can cancel it any more.
        let _ = self.cancelled.recv();
    }
}

/// Starts this program once more, in a way that does not end with anybody's stdin.
pub(crate) fn start_child() {
    let program = env::current_exe().expect("a path to this program");
    let mut child = Command::new(program);
    child.arg("--stubborn").stdin(Stdio::null());
    child.stdout(Stdio::null()).stderr(Stdio::null());
    let mut child = child.spawn().expect("a child");
    thread::spawn(move || child.wait());
}
