// Package realdata finds the real conversations, pools and beacons that some tests read. They are not part of the project.
package realdata

import (
	"os"
	"path/filepath"
	"testing"
)

// Variable names the folder of the real data. Without it, shared/data beside the project's folder is looked for.
const Variable = "DAYBOOK_SHARED_DATA"

// Path is where a file or folder of the real data lies. Where it is missing the test is skipped and says so; with CI set, it fails.
func Path(t testing.TB, parts ...string) string {
	t.Helper()
	root := os.Getenv(Variable)
	if root == "" {
		root = filepath.Join(project(t), "..", "shared", "data")
	}
	path := filepath.Join(append([]string{root}, parts...)...)
	if _, err := os.Stat(path); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("real data are missing, which must be there in CI: %v; set %s to the folder that holds them", err, Variable)
		}
		t.Skipf("real data are not here: %v; set %s to the folder that holds them", err, Variable)
	}
	return path
}

// project is the folder of the module in which the test runs.
func project(t testing.TB) string {
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			t.Fatal("the test runs outside the module")
		}
	}
}
