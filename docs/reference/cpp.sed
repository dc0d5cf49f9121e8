# Hides from Doxygen the parts of hookrail.hpp that no caller names: the inline namespace, its macro, and the
# specialisation in std.
/^inline namespace HOOKRAIL_CPP_ABI {$/d
/^}  \/\/ namespace HOOKRAIL_CPP_ABI$/d
/^#define HOOKRAIL_CPP_ABI /d
/^template <>$/ {
    N
    /struct std::is_error_code_enum/d
}
