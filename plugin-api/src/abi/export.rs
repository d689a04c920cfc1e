//! `export!`: what turns a crate into a plugin.
//!
//! The expansion writes the two metadata statics, the root module's header and the metering
//! allocator. Unsafe attributes stand here and not in the author's crate.

/// Length of all parts together.
pub const fn concat_len(parts: &[&str]) -> usize {
    let (mut at, mut len) = (0, 0);
    while at < parts.len() {
        len += parts[at].len();
        at += 1;
    }
    len
}

/// All parts, one after the other.
pub const fn meta_bytes<const N: usize>(parts: &[&str]) -> [u8; N] {
    let mut out = [0; N];
    let (mut part, mut to) = (0, 0);
    while part < parts.len() {
        let bytes = parts[part].as_bytes();
        let mut from = 0;
        while from < bytes.len() {
            out[to] = bytes[from];
            from += 1;
            to += 1;
        }
        part += 1;
    }
    out
}

/// Makes a crate (`crate-type = ["cdylib"]`) a backend plugin.
///
/// Tests belong into the crate itself: as an `rlib` it would bring its allocator and its symbols
/// into whoever links it, so no two could be linked together.
///
/// ```ignore
/// massgen_plugin::export!(Mistral);        // a `Translator`
/// massgen_plugin::export!(async Mistral);  // an `AsyncBackend`
/// massgen_plugin::export!(entry Mistral);  // an `Entry`, for everything else
/// ```
///
/// The manifest is `plugin.json` beside `Cargo.toml`; name and form are those of
/// [`Manifest`](crate::metadata::Manifest), the version comes from the crate.
#[macro_export]
macro_rules! export {
    (async $backend:ty) => {
        $crate::export!(entry $crate::sdk::Asynchronous<$backend>);
    };
    (entry $entry:ty) => {
        const _: () = {
            use $crate::abi::__export as export;
            use $crate::metadata::AbiWords;
            use $crate::sdk::Entry;

            const PARTS: &[&str] = &[
                "{\"version\":\"",
                env!("CARGO_PKG_VERSION"),
                "\",\"sdk\":\"",
                $crate::sdk::VERSION,
                "\",\"manifest\":",
                include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/plugin.json")),
                "}",
            ];
            const LEN: usize = export::concat_len(PARTS);

            #[unsafe(no_mangle)]
            static MASSGEN_PLUGIN_ABI: AbiWords =
                AbiWords::of_this_build($crate::sdk::needs_minor(<$entry as Entry>::USES));
            #[unsafe(no_mangle)]
            static MASSGEN_PLUGIN_META: [u8; LEN] = export::meta_bytes(PARTS);

            #[global_allocator]
            static METER: export::Meter = export::Meter::new(<$entry as Entry>::MEMORY_LIMIT);
            extern "C" fn live() -> u64 {
                METER.live()
            }
            extern "C" fn limit() -> u64 {
                METER.limit()
            }
            extern "C" fn exceeded() -> u32 {
                METER.exceeded()
            }
            static TABLE: $crate::abi::MeterTable =
                $crate::abi::MeterTable { live, limit, exceeded };

            extern "C" fn describe() -> export::RString {
                match ::core::str::from_utf8(&MASSGEN_PLUGIN_META) {
                    Ok(text) => export::describe(text),
                    Err(_) => export::describe(""),
                }
            }
            extern "C" fn extension(id: export::RStr<'_>) -> export::RawTable {
                export::extension(id, &TABLE)
            }
            fn root() -> export::PluginRef {
                export::root_module::<$entry>(describe, extension)
            }
            extern "C" fn load() -> export::RootModuleResult {
                export::__call_root_module_loader(root)
            }
            // The name under which abi_stable's own loader would look for it.
            #[unsafe(export_name = "_1as_0lib_1header_0root_bmodule_bloader")]
            static HEADER: export::LibHeader =
                // SAFETY: `load` gives a `PluginRef`, as the type parameter says.
                unsafe {
                    export::LibHeader::from_constructor::<export::PluginRef>(
                        load,
                        export::CheckTypeLayout::Yes,
                    )
                };
        };
    };
    ($translator:ty) => {
        $crate::export!(entry $crate::sdk::Translating<$translator>);
    };
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_exported_name_is_the_one_that_abi_stable_looks_for() {
        assert_eq!(
            crate::abi::host::ROOT_SYMBOL,
            "_1as_0lib_1header_0root_bmodule_bloader"
        );
    }
}
