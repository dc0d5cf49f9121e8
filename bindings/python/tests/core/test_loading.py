"""Loading the package and the library, and the doctor."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import hookrail
from hookrail import __main__ as doctor
from hookrail._native import loader, refusal
from tests.support import programs
from tests.support.devserver import Devserver
from tests.support.scripted import SilentServer


def test_importing_the_package_loads_neither_the_library_nor_asyncio() -> None:
    output = programs.run(
        """
        import sys
        before = set(sys.modules)
        import hookrail
        heavy = {"asyncio", "json", "ctypes", "logging", "dataclasses", "concurrent", "ssl"}
        print(sorted((set(sys.modules) - before) & heavy))
        import hookrail.signing
        from hookrail import Hookrail
        Hookrail("k", "http://x").close()
        print(sorted((set(sys.modules) - before) & {"asyncio", "concurrent", "ssl"}))
        """
    )
    assert output == "[]\n[]\n"


def test_every_public_name_can_be_imported() -> None:
    for name in hookrail.__all__:
        assert getattr(hookrail, name) is not None
        assert name in dir(hookrail)
    with pytest.raises(AttributeError, match="nonsense"):
        hookrail.nonsense  # noqa: B018
    assert hookrail.__version__.count(".") == 2


def test_another_python_is_refused() -> None:
    output = programs.run(
        """
        import sys
        sys.implementation.name = "pypy"
        try:
            import hookrail
        except ImportError as error:
            print(error)
        """
    )
    assert output.startswith("hookrail works with CPython only, not with pypy")


def test_a_python_without_ctypes_is_refused() -> None:
    assert "subinterpreter" in refusal.without_ctypes(
        ImportError("module _ctypes does not support loading in subinterpreters")
    )
    output = programs.run(
        """
        import sys
        sys.modules["ctypes"] = None
        import hookrail
        from hookrail._native import loader
        try:
            loader.library()
        except hookrail.HookrailLibraryError as error:
            print(error)
        try:
            hookrail.Hookrail
        except hookrail.HookrailLibraryError as error:
            print(error)
        """
    )
    assert output.count("hookrail needs the standard module ctypes") == 2


def test_a_subinterpreter_is_refused_with_clear_words_where_ctypes_is() -> None:
    output = programs.run(
        """
        import importlib, sys
        name = "_interpreters" if sys.version_info >= (3, 13) else "_xxsubinterpreters"
        interpreters = importlib.import_module(name)
        interpreter = interpreters.create()
        code = [
            "import hookrail",
            "try:",
            "    hookrail.Hookrail('k', 'http://x')",
            "    print('works')",
            "except hookrail.HookrailLibraryError as error:",
            "    print(error)",
        ]
        interpreters.run_string(interpreter, chr(10).join(code))
        """
    )
    # ctypes does not work in a subinterpreter of Python 3.12 only.
    expected = "in a subinterpreter" if sys.version_info[:2] == (3, 12) else "works"
    assert expected in output


def load_error(library: str) -> str:
    """Returns the message when HOOKRAIL_LIB names this file."""
    return programs.run(
        """
        import hookrail
        try:
            hookrail.Hookrail("k", "http://x")
        except hookrail.HookrailLibraryError as error:
            assert isinstance(error, ImportError)
            print(error)
        """,
        HOOKRAIL_LIB=library,
    )


def test_only_the_library_that_the_environment_names_is_tried(tmp_path: Path) -> None:
    missing = tmp_path / "libhookrail.so"
    assert load_error(str(missing)) == (
        "The native library of hookrail could not be loaded. Tried:\n"
        f"  {missing}: cannot open shared object file: No such file or directory\n"
        "Correct the environment variable HOOKRAIL_LIB: it has to be the path of a libhookrail. "
        "Without it, the library in the package and then the system's are tried.\n"
    )
    damaged = tmp_path / "damaged.so"
    damaged.write_bytes(b"nothing")
    assert "Correct the environment variable HOOKRAIL_LIB" in load_error(str(damaged))


def compiled(folder: Path, code: str) -> str:
    """Returns the path of a library with this code."""
    library = folder / "other.so"
    subprocess.run(
        ["cc", "-shared", "-o", str(library), "-x", "c", "-"], input=code, text=True, check=True
    )
    return str(library)


def test_another_library_is_refused(tmp_path: Path) -> None:
    message = load_error(compiled(tmp_path, "int nothing;"))
    assert "it is no libhookrail: it has no function hookrail_abi_version" in message


def test_another_abi_is_refused(tmp_path: Path) -> None:
    message = load_error(compiled(tmp_path, "int hookrail_abi_version(void) { return 7; }"))
    assert "it has ABI version 7, and this package needs ABI version 0" in message
    assert "Install a libhookrail of the release that this package belongs to" in message


@pytest.mark.parametrize(
    ("reason", "remedy"),
    [
        ("/lib/libc.so.6: version `GLIBC_2.38' not found", "built for a newer C library"),
        ("libc.musl-x86_64.so.1: cannot open shared object file", "another C library"),
        ("failed to map segment from shared object", "noexec"),
        ("wrong ELF class: ELFCLASS32", "for another processor"),
        ("cannot open shared object file: No such file", "Install the wheel of hookrail"),
    ],
)
def test_each_failure_has_a_remedy(reason: str, remedy: str) -> None:
    message = refusal.not_loaded({"/x/libhookrail.so": f"/x/libhookrail.so: {reason}"}, False)
    assert f"  /x/libhookrail.so: {reason.removeprefix('/x/libhookrail.so: ')}\n" in message
    assert remedy in message.splitlines()[-1]


def test_the_bundled_library_comes_before_that_of_the_system(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("HOOKRAIL_LIB")
    bundled, system = loader.candidates().values()
    assert Path(bundled).parent == Path(loader.__file__).parent
    assert system in ("libhookrail.so.0", "libhookrail.0.dylib")


def test_the_doctor_finds_a_working_package(capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor.main([]) == 0
    output = capsys.readouterr().out
    assert f"hookrail     {hookrail.__version__}" in output
    assert f"library      {os.environ['HOOKRAIL_LIB']}, version 0.1.0, ABI 0" in output
    assert output.endswith("hookrail works here.\n")


def test_the_doctor_asks_the_service(
    server: Devserver, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOOKRAIL_API_KEY", "hk_dev")
    assert doctor.main(["check", server.url]) == 0
    assert "key          accepted\n" in capsys.readouterr().out
    monkeypatch.setenv("HOOKRAIL_API_KEY", "hk_wrong")
    assert doctor.main(["check", server.url]) == 1
    assert "hookrail API error 401" in capsys.readouterr().out
    closed = SilentServer()
    closed.close()
    assert doctor.main(["check", closed.url]) == 1
    assert capsys.readouterr().out.endswith("hookrail does NOT work here.\n")
    monkeypatch.delenv("HOOKRAIL_API_KEY")
    assert doctor.main(["check"]) == 1
    assert "api_key is required" in capsys.readouterr().out
    assert doctor.main(["nonsense"]) == 2


def test_the_doctor_says_what_is_missing() -> None:
    process = subprocess.run(
        [sys.executable, "-m", "hookrail"],
        env=programs.environment(
            HOOKRAIL_LIB=os.environ["HOOKRAIL_LIB"],
            SSL_CERT_FILE="/nonexistent",
            SSL_CERT_DIR="/nonexistent",
        ),
        capture_output=True,
        text=True,
    )
    assert process.returncode == 0
    assert "install them (Debian: ca-certificates)" in process.stdout
    process = subprocess.run(
        [sys.executable, "-m", "hookrail"],
        env=programs.environment(HOOKRAIL_LIB="/nonexistent"),
        capture_output=True,
        text=True,
    )
    assert process.returncode == 1
    assert "Correct the environment variable HOOKRAIL_LIB" in process.stdout
