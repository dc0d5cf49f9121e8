package hookrail_test

import (
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"testing"
)

// statusesWithoutKind are those that no Err… variable matches: a success, and statuses that this package never returns.
var statusesWithoutKind = map[string]bool{
	"OK": true, "FORKED": true, "INTERRUPTED": true, "BUFFER_TOO_SMALL": true,
}

func readFile(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// header returns the text of the C header without its comments.
func header(t *testing.T) string {
	t.Helper()
	text := readFile(t, "../../include/hookrail.h")
	return regexp.MustCompile(`(?s)/\*.*?\*/`).ReplaceAllString(text, "")
}

// source returns the package's own Go and C code without tests.
func source(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob("*.[gh]*")
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, file := range files {
		if strings.HasSuffix(file, ".h") || strings.HasSuffix(file, ".go") && !strings.HasSuffix(file, "_test.go") {
			all.WriteString(readFile(t, file))
		}
	}
	return all.String()
}

// matches returns the set of texts that the first group of a pattern matches.
func matches(pattern, text string) map[string]bool {
	found := make(map[string]bool)
	for _, match := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		found[match[1]] = true
	}
	return found
}

// members returns the names in an enumeration of the header, without the prefix.
func members(header, name, prefix string) map[string]bool {
	body := regexp.MustCompile(`(?s)typedef enum ` + name + ` \{(.*?)\}`).FindString(header)
	return matches(prefix+`(\w+) =`, body)
}

// differences lists the names that are in only one of two sets.
func differences(what string, declared, own map[string]bool) []string {
	var found []string
	for name := range declared {
		if !own[name] {
			found = append(found, what+" "+name+" is only in the header")
		}
	}
	for name := range own {
		if !declared[name] {
			found = append(found, what+" "+name+" is only in Go")
		}
	}
	return found
}

// misnamed lists constants of Go whose names are not those of the header, as in StatusTimestampTooOld.
func misnamed(prefix, cPrefix, source string) []string {
	var found []string
	pattern := regexp.MustCompile(`\b(` + prefix + `\w+)\s+` + prefix + `\s*= C\.` + cPrefix + `(\w+)`)
	for _, match := range pattern.FindAllStringSubmatch(source, -1) {
		if !strings.EqualFold(match[1], prefix+strings.ReplaceAll(match[2], "_", "")) {
			found = append(found, match[1]+" has the number of "+match[2])
		}
	}
	return found
}

// drift lists all differences between a header and Go code.
func drift(header, source string) []string {
	statuses := members(header, "hookrail_status", "HOOKRAIL_")
	found := differences("status", statuses, matches(`\bStatus\w+\s+Status = C\.HOOKRAIL_(\w+)`, source))
	found = append(found, misnamed("Status", "HOOKRAIL_", source)...)

	withKind := make(map[string]bool)
	for status := range statuses {
		if !statusesWithoutKind[status] {
			withKind[strings.ToLower(strings.ReplaceAll(status, "_", ""))] = true
		}
	}
	kinds := make(map[string]bool)
	for name := range matches(`= (?:kind\(|&errorKind\{"\w+", )Status(\w+)`, source) {
		kinds[strings.ToLower(name)] = true
	}
	found = append(found, differences("the kind of error", withKind, kinds)...)

	outcomes := members(header, "hookrail_outcome", "HOOKRAIL_OUTCOME_")
	found = append(found, differences("outcome", outcomes, matches(`\bOutcome\w+\s+Outcome = C\.HOOKRAIL_OUTCOME_(\w+)`, source))...)
	found = append(found, misnamed("Outcome", "HOOKRAIL_OUTCOME_", source)...)

	states := make(map[string]bool)
	for state := range members(header, "hookrail_delivery_state", "HOOKRAIL_DELIVERY_") {
		if state != "UNKNOWN" {
			states[strings.ToLower(state)] = true
		}
	}
	found = append(found, differences("state", states, matches(`\bDelivery\w+\s+DeliveryState = "(\w+)"`, source))...)
	sort.Strings(found)
	return found
}

func TestConstantsAreThoseOfTheHeader(t *testing.T) {
	for _, difference := range drift(header(t), source(t)) {
		t.Error(difference)
	}
}

func TestADifferenceToTheHeaderIsNoticed(t *testing.T) {
	header, source := header(t), source(t)
	for old, changed := range map[string]string{
		"HOOKRAIL_INTERNAL = 900,":                  "HOOKRAIL_INTERNAL = 900, HOOKRAIL_NEW = 901,",
		"HOOKRAIL_CONFLICT = 409,":                  "",
		"HOOKRAIL_OUTCOME_MAYBE_SENT = 4,":          "HOOKRAIL_OUTCOME_MAYBE_SENT = 4, HOOKRAIL_OUTCOME_NEW = 5,",
		"HOOKRAIL_DELIVERY_SKIPPED = 7,":            "HOOKRAIL_DELIVERY_DROPPED = 7,",
		"Status = C.HOOKRAIL_TLS\n":                 "Status = C.HOOKRAIL_PROTOCOL\n",
		"= kind(StatusConflict)":                    "= kind(StatusInternal)",
		"Outcome = C.HOOKRAIL_OUTCOME_REJECTED":     "Outcome = C.HOOKRAIL_OUTCOME_NOT_SENT",
		`DeliveryState = "dead_lettered"`:           `DeliveryState = "dead"`,
		"&errorKind{\"connection\", StatusConnecti": "&errorKind{\"connection\", StatusTimeout, Connecti",
	} {
		if strings.Contains(header, old) == strings.Contains(source, old) {
			t.Fatalf("%q must be in either the header or the code", old)
		}
		if len(drift(strings.Replace(header, old, changed, 1), strings.Replace(source, old, changed, 1))) == 0 {
			t.Errorf("%q in place of %q is not noticed", changed, old)
		}
	}
}

// leftOut returns the functions of a set that Go leaves out by docs/abi.md.
func leftOut(t *testing.T, declared map[string]bool) map[string]bool {
	t.Helper()
	_, table, _ := strings.Cut(readFile(t, "../../docs/abi.md"), "## What the packages leave out")
	left := make(map[string]bool)
	packages := ""
	for _, row := range regexp.MustCompile(`(?m)^\|([^|]*)\|([^|]*)\|`).FindAllStringSubmatch(table, -1) {
		if strings.TrimSpace(row[1]) != "" {
			packages = row[1]
		}
		if !regexp.MustCompile(`\bGo\b`).MatchString(packages) {
			continue
		}
		for pattern := range matches("`(hookrail_\\w+\\*?)`", row[2]) {
			for name := range declared {
				if matched, _ := filepath.Match(pattern, name); matched {
					left[name] = true
				}
			}
		}
	}
	return left
}

func TestThePackageLeavesOutTheDocumentedFunctionsAndNoOthers(t *testing.T) {
	declared := matches(`\b(hookrail_\w+)\(`, header(t))
	used := matches(`\b(hookrail_\w+)\(`, source(t))
	missing := make(map[string]bool)
	for name := range declared {
		if !used[name] {
			missing[name] = true
		}
	}
	for _, difference := range differences("left out:", leftOut(t, declared), missing) {
		t.Error(difference)
	}
}
