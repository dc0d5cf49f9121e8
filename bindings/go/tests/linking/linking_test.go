// Package linking tests the ways in which a program of another module is linked with the library.
package linking

import (
	"fmt"
	"hash/crc32"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// module is a program's go.mod, which uses the package in this repository instead of a downloaded one.
const module = `module example.com/shop

go 1.21

require github.com/hookrail/hookrail-go v0.0.0

replace github.com/hookrail/hookrail-go => `

// program is a build of testdata/program in its own module.
type program struct {
	dir    string
	binary string
}

func newProgram(t *testing.T) *program {
	t.Helper()
	dir := t.TempDir()
	source, err := os.ReadFile(filepath.Join("testdata", "program", "main.go"))
	if err != nil {
		t.Fatal(err)
	}
	root, err := filepath.Abs(filepath.Join("..", ".."))
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"main.go": string(source), "go.mod": module + root + "\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return &program{dir: dir, binary: filepath.Join(dir, "shop")}
}

// fromEnvironment returns a setting that the tests require.
func fromEnvironment(t *testing.T, name string) string {
	t.Helper()
	value := os.Getenv(name)
	if value == "" {
		t.Fatalf("%s is not set: run the tests with make", name)
	}
	return value
}

// build runs go build with env, and without the tests' own settings. The checksum is for Go's cache, which does not notice
// a changed header.
func (p *program) build(flags []string, env ...string) (string, error) {
	header, err := os.ReadFile(filepath.Join(os.Getenv("HOOKRAIL_INCLUDE_DIR"), "hookrail.h"))
	if err != nil {
		return "", err
	}
	checksum := fmt.Sprintf("-DHOOKRAIL_CHECKSUM=%d", crc32.ChecksumIEEE(header))
	command := exec.Command("go", append(append([]string{"build", "-o", p.binary}, flags...), ".")...)
	command.Dir = p.dir
	command.Env = append(os.Environ(), "GOFLAGS=-mod=mod", "GOWORK=off", "CGO_CFLAGS="+checksum, "CGO_LDFLAGS=")
	for _, setting := range env {
		if strings.HasPrefix(setting, "CGO_CFLAGS=") {
			setting += " " + checksum
		}
		command.Env = append(command.Env, setting)
	}
	output, err := command.CombinedOutput()
	return string(output), err
}

// run runs the program and returns its output.
func (p *program) run(t *testing.T, env ...string) string {
	t.Helper()
	output, err := p.start(env...)
	if err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	return output
}

func (p *program) start(env ...string) (string, error) {
	command := exec.Command(p.binary)
	command.Env = append(os.Environ(), "LD_LIBRARY_PATH=")
	command.Env = append(command.Env, env...)
	output, err := command.CombinedOutput()
	return strings.TrimSpace(string(output)), err
}

// needs reports whether the program loads a shared library.
func (p *program) needs(t *testing.T, library string) bool {
	t.Helper()
	output, err := exec.Command("readelf", "-d", p.binary).Output()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Contains(string(output), library)
}

const verified = "verified with secret 0"

func TestInstalledSharedLibrary(t *testing.T) {
	prefix := fromEnvironment(t, "HOOKRAIL_PREFIX")
	p := newProgram(t)
	if output, err := p.build(nil, "PKG_CONFIG_PATH="+prefix+"/lib/pkgconfig"); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	if !p.needs(t, "libhookrail.so") {
		t.Error("the program does not load the library")
	}
	if got := p.run(t, "LD_LIBRARY_PATH="+prefix+"/lib"); got != verified {
		t.Errorf("got %q", got)
	}
}

func TestInstalledArchive(t *testing.T) {
	prefix := fromEnvironment(t, "HOOKRAIL_PREFIX")
	p := newProgram(t)
	if output, err := p.build([]string{"-tags", "hookrail_static"}, "PKG_CONFIG_PATH="+prefix+"/lib/pkgconfig"); err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	if p.needs(t, "libhookrail.so") {
		t.Error("the program loads the library all the same")
	}
	// docs/go.md promises this for container images without libgcc_s.
	if p.needs(t, "libgcc_s.so") {
		t.Error("the program needs libgcc_s")
	}
	if got := p.run(t); got != verified {
		t.Errorf("got %q", got)
	}
}

func TestLibraryOfATree(t *testing.T) {
	p := newProgram(t)
	output, err := p.build([]string{"-tags", "hookrail_intree"},
		"CGO_CFLAGS=-I"+fromEnvironment(t, "HOOKRAIL_INCLUDE_DIR"),
		"CGO_LDFLAGS=-L"+fromEnvironment(t, "HOOKRAIL_LIB_DIR"))
	if err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	if got := p.run(t); got != verified {
		t.Errorf("got %q", got)
	}
}

// A library that is older than the header does not know the last members of a completion. Its queue would never have a
// result.
func TestAHeaderThatIsNewerThanTheLibrary(t *testing.T) {
	const last = "} hookrail_completion;"
	header, err := os.ReadFile(filepath.Join(fromEnvironment(t, "HOOKRAIL_INCLUDE_DIR"), "hookrail.h"))
	if err != nil || !strings.Contains(string(header), last) {
		t.Fatal(err)
	}
	folder := t.TempDir()
	newer := strings.Replace(string(header), last, "uint64_t later;\n"+last, 1)
	if err := os.WriteFile(filepath.Join(folder, "hookrail.h"), []byte(newer), 0o644); err != nil {
		t.Fatal(err)
	}
	p := newProgram(t)
	output, err := p.build([]string{"-tags", "hookrail_intree"},
		"CGO_CFLAGS=-I"+folder, "CGO_LDFLAGS=-L"+fromEnvironment(t, "HOOKRAIL_LIB_DIR"))
	if err != nil {
		t.Fatalf("%v: %s", err, output)
	}
	if output, err := p.start(); err == nil || !strings.Contains(output, "sizeof(hookrail_completion)") {
		t.Errorf("got %v: %s", err, output)
	}
}

func TestWithoutCgoTheCompilerSaysWhatToDo(t *testing.T) {
	p := newProgram(t)
	output, err := p.build(nil, "CGO_ENABLED=0")
	if err == nil {
		t.Fatal("it builds")
	}
	if !strings.Contains(output, "SET_CGO_ENABLED_1") || strings.Count(output, "undefined:") != 1 {
		t.Errorf("got %s", output)
	}
}
