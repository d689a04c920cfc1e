//! Systems without process isolation: everything says so. See `docs/platforms.md`.

/// The child's side.
pub(crate) mod child {
    use std::path::Path;
    use std::process::ExitCode;

    use massgen_plugin::abi::host::Root;

    /// What loading brought.
    pub struct Loaded {
        /// For the parent.
        pub report: serde_json::Value,
        /// The root module.
        pub root: Option<Root>,
    }

    /// Does nothing and fails.
    pub fn serve(_: &Path, _: impl FnOnce(&Path) -> Loaded) -> ExitCode {
        ExitCode::FAILURE
    }
}

/// The parent's side: nothing ever starts, so nothing else is ever called.
pub(crate) mod parent {
    use std::convert::Infallible;
    use std::path::{Path, PathBuf};

    use massgen_plugin::Fault;
    use massgen_plugin::abi::Progress;
    use massgen_plugin::abi::host::{Context, Event};
    use serde_json::Value;

    use crate::{Failure, Limits, Patience, Reading};

    /// Would start children.
    #[derive(Debug, Clone)]
    pub struct Runner(());

    impl Runner {
        /// See Linux.
        pub fn new(_: impl Into<PathBuf>) -> Self {
            Self(())
        }

        /// See Linux.
        #[must_use]
        pub fn with_limits(self, _: Limits) -> Self {
            self
        }

        /// See Linux.
        #[must_use]
        pub fn with_patience(self, _: Patience) -> Self {
            self
        }

        /// Fails.
        ///
        /// # Errors
        ///
        /// Always: there is no isolation on this system.
        pub fn start(&self, _: &Path) -> Result<Plugin, Failure> {
            Err(Failure::not_started(
                "this system has no filter of system calls",
            ))
        }
    }

    /// Never exists here.
    #[derive(Debug)]
    pub struct Plugin(Infallible);
    /// Never exists here.
    #[derive(Debug)]
    pub struct Backend(Infallible);
    /// Never exists here.
    #[derive(Debug)]
    pub struct Session(Infallible);

    impl Plugin {
        /// See Linux.
        pub fn report(&self) -> &Value {
            match self.0 {}
        }
        /// See Linux.
        pub fn describe(&self) -> Option<&str> {
            match self.0 {}
        }
        /// See Linux.
        pub fn unfiltered(&self) -> Option<&str> {
            match self.0 {}
        }
        /// See Linux.
        pub fn printed(&self) -> String {
            match self.0 {}
        }
        /// See Linux.
        ///
        /// # Errors
        ///
        /// None: it never exists.
        pub fn lock(&self) -> Result<(), Fault> {
            match self.0 {}
        }
        /// See Linux.
        ///
        /// # Errors
        ///
        /// None: it never exists.
        pub fn meter(&self) -> Result<Option<Reading>, Fault> {
            match self.0 {}
        }
        /// See Linux.
        ///
        /// # Errors
        ///
        /// None: it never exists.
        pub fn create(&self, _: &str) -> Result<Backend, Fault> {
            match self.0 {}
        }
        /// See Linux.
        ///
        /// # Errors
        ///
        /// None: it never exists.
        pub fn finish(self) -> Result<(), Failure> {
            match self.0 {}
        }
    }

    impl Backend {
        /// See Linux.
        ///
        /// # Errors
        ///
        /// None: it never exists.
        pub fn open(&self, _: &str) -> Result<Session, Fault> {
            match self.0 {}
        }
        /// See Linux.
        ///
        /// # Errors
        ///
        /// None: it never exists.
        pub fn ask(&self, _: &str) -> Result<String, Fault> {
            match self.0 {}
        }
    }

    impl Session {
        /// See Linux.
        ///
        /// # Errors
        ///
        /// None: it never exists.
        pub fn step<C: Context + ?Sized>(
            &mut self,
            _: Event<'_>,
            _: &mut C,
        ) -> Result<Progress, Fault> {
            match self.0 {}
        }
    }
}
