package conformance

import (
	"bytes"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/ledger/ledgertest"
)

const goClient = "github.com/EventStore/EventStore-Client-Go/v4"

// notApplicable are the tests of the Go client, and groups of them, that ask for what a ledger does not do, with the reason. docs/esdb.md has the same table.
var notApplicable = map[string]string{
	"TestStreams/AppendTests/metadataOperation":        "sets `$maxAge` and an access list: nothing in a ledger expires, and who may read is one list for all of it",
	"TestStreams/ReadStreamTests/readStreamWithMaxAge": "sets `$maxAge` and expects events to be gone after it",
	"TestStreams/DeleteTests":                          "deletes streams and buries them: a ledger is append-only",
	"TestStreams/AuthenticationTests":                  "tries credentials by creating persistent subscriptions, which are not served; `TestCredentials` does the same by reads, subscriptions and appends",
	"TestStreams/ClusterTests":                         "runs only against a cluster of three nodes; this is one",
	"TestPersistentSubscriptions":                      "persistent subscriptions keep their state in the server and do not keep the order of events; a reader of a ledger keeps its own place",
	"TestProjections":                                  "projections are JavaScript that runs in the server and writes streams; what daybook projects is in `projections`",
	"TestPlugins":                                      "certificates of clients instead of passwords are a plug-in of the commercial server",
}

// TestGoClient runs the tests of the official Go client, as they are, against a ledger: without and with TLS and credentials. All of them pass, or are listed above.
func TestGoClient(t *testing.T) {
	dir := t.TempDir()
	program, sources := buildClientTests(t, dir)
	node := certificate(t, filepath.Join(dir, "certs"))
	other := t.TempDir()
	certificate(t, other)
	require.NoError(t, os.Rename(filepath.Join(other, "ca"), filepath.Join(dir, "certs", "untrusted-ca")))
	passed := map[string]bool{}
	for name, config := range map[string]*tls.Config{"insecure": nil, "secure": node} {
		t.Run(name, func(t *testing.T) {
			empty, populated := newLedger(t), newLedger(t)
			drawPicture(t, filepath.Join(dir, "resources", "test"), populate(t, populated))
			run := exec.CommandContext(t.Context(), program, "-test.v", "-test.timeout=5m", "-test.skip="+strings.Join(slices.Sorted(maps.Keys(notApplicable)), "|"))
			run.Dir = filepath.Join(dir, "esdb")
			run.Env = append(os.Environ(), "ESDB_EMPTY="+serve(t, empty, config, appending), "ESDB_POPULATED="+serve(t, populated, config, appending), fmt.Sprint("EVENTSTORE_INSECURE=", config == nil))
			said, err := run.CombinedOutput()
			require.NoError(t, err, "%s", said)
			for _, line := range bytes.Split(said, []byte("\n")) {
				if test, ok := bytes.CutPrefix(bytes.TrimSpace(line), []byte("--- PASS: ")); ok {
					passed[string(test[:bytes.LastIndexByte(test, ' ')])] = true
				}
			}
			ledgertest.Check(t, empty)
			ledgertest.Check(t, populated)
		})
	}
	if t.Failed() {
		return
	}
	require.Subset(t, slices.Collect(maps.Keys(passed)), []string{ // one of each kind, so that reading what was said cannot have failed
		"TestStreams/AppendTests/appendToStreamSingleEventNoStream", "TestStreams/AppendTests/appendToSystemStreamWithIncorrectCredentials",
		"TestStreams/ReadStreamTests/readStreamWithCredentialsOverride", "TestStreams/SubscriptionTests/subscriptionToStreamCaughtUpMessage",
		"TestStreams/TLSTests/WithInvalidCertificate", "TestExpectations/ReadAllTests/readAllEventsBackwardsFromNonZeroPosition",
	})
	for _, name := range declared(t, sources) {
		listed := false
		for skipped := range notApplicable {
			listed = listed || skipped == name || strings.HasSuffix(skipped, "/"+name)
		}
		ran := slices.ContainsFunc(slices.Collect(maps.Keys(passed)), func(p string) bool { return p == name || strings.HasSuffix(p, "/"+name) })
		require.True(t, ran || listed, "%s of the Go client was neither run nor listed as not applicable", name)
	}
	t.Logf("%d tests and groups of the Go client passed", len(passed))
}

// TestListOfWhatDoesNotApply holds the table in docs/esdb.md to the one above.
func TestListOfWhatDoesNotApply(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile("../docs/esdb.md")
	require.NoError(t, err)
	for _, name := range slices.Sorted(maps.Keys(notApplicable)) {
		require.Contains(t, string(page), fmt.Sprintf("| `%s` | %s |\n", name, notApplicable[name]))
	}
	require.Equal(t, len(notApplicable), strings.Count(string(page), "\n| `Test"), "rows in docs/esdb.md")
}

// buildClientTests builds the client's own tests. They are not copied: an overlay lets the compiler see them as a package of this module, with testdata/containers_test.go.txt in
// the place of the file that starts containers.
func buildClientTests(t *testing.T, dir string) (program string, sources []string) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-m", "-f", "{{.Dir}}", goClient).Output()
	require.NoError(t, err)
	found, err := filepath.Glob(filepath.Join(strings.TrimSpace(string(out)), "esdb", "*_test.go"))
	require.NoError(t, err)
	require.NotEmpty(t, found)
	here, err := os.Getwd()
	require.NoError(t, err)
	replace := map[string]string{}
	for _, file := range found {
		seen := filepath.Join(here, "clienttests", filepath.Base(file))
		if filepath.Base(file) == "containers_test.go" {
			file = filepath.Join(here, "testdata", "containers_test.go.txt")
		} else {
			sources = append(sources, file)
		}
		replace[seen] = file
	}
	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "overlay.json"), overlay, 0o600))
	require.NoError(t, os.Mkdir(filepath.Join(dir, "esdb"), 0o755))
	program = filepath.Join(dir, "client.test")
	build := exec.CommandContext(t.Context(), "go", "test", "-c", "-vet=off", "-overlay", filepath.Join(dir, "overlay.json"), "-o", program, "./clienttests") // go vet looks for the folder
	said, err := build.CombinedOutput()
	require.NoError(t, err, "%s", said)
	return program, sources
}

// declared are the names of tests and groups that stand in the sources, but for what is inside groups that do not apply as a whole.
func declared(t *testing.T, sources []string) (names []string) {
	t.Helper()
	name := regexp.MustCompile(`(?:t\.Run\("([^"]+)"|\nfunc (Test\w+)\(t \*testing\.T\))`)
	for _, file := range sources {
		switch base := filepath.Base(file); {
		case strings.HasPrefix(base, "persistent_"), strings.HasPrefix(base, "projection_"), strings.HasPrefix(base, "cluster_"), base == "delete_test.go",
			base == "client_certificates_test.go", base == "auth_secure_test.go", base == "auth_insecure_test.go":
			continue
		}
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, m := range name.FindAllStringSubmatch(string(text), -1) {
			names = append(names, m[1]+m[2])
		}
	}
	require.NotEmpty(t, names)
	return names
}
