//! Enumerations with a number and a name for each value.

/// Makes an enumeration from a table with one row per value: documentation, variant, number and name.
///
/// The numbers and the names are those of the C ABI and never change. `tests/rust/header.rs` reads the same tables
/// and writes the enumerations of the header.
macro_rules! numbered_enum {
    (
        $(#[$about:meta])+
        pub enum $Enum:ident {
            $($(#[$doc:meta])+ $Variant:ident = $code:literal $name:literal,)+
        }
    ) => {
        $(#[$about])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[repr(i32)]
        pub enum $Enum {
            $($(#[$doc])+ $Variant = $code,)+
        }

        /// Writes the name.
        impl std::fmt::Display for $Enum {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.name())
            }
        }

        impl $Enum {
            /// Every value, in the order of the numbers.
            pub const ALL: [Self; [$($code),+].len()] = [$(Self::$Variant),+];

            /// Returns the number in the C ABI.
            pub const fn code(self) -> i32 {
                self as i32
            }

            /// Returns the value with this number, if there is one.
            pub fn from_code(code: i32) -> Option<Self> {
                Self::ALL.into_iter().find(|value| value.code() == code)
            }

            /// Returns the name: lower case with underscores. It never changes.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$Variant => $name,)+
                }
            }

            /// Returns the name with a NUL behind it.
            pub(crate) const fn c_name(self) -> &'static std::ffi::CStr {
                match self {
                    $(Self::$Variant => const {
                        match std::ffi::CStr::from_bytes_with_nul(concat!($name, "\0").as_bytes()) {
                            Ok(name) => name,
                            Err(_) => panic!("a name holds a NUL"),
                        }
                    },)+
                }
            }
        }
    };
}

pub(crate) use numbered_enum;
