package lottery

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestMachines builds one program for several machines and runs it on all of them that can be had here: the digests, the certificates and every digit of the
// chances are the same. v3 of amd64 has fused products, and so has arm64.
func TestMachines(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	said := map[string]string{}
	for name, build := range map[string][]string{
		"here":     {},
		"amd64 v1": {"GOARCH=amd64", "GOAMD64=v1"},
		"amd64 v3": {"GOARCH=amd64", "GOAMD64=v3"},
		"arm64":    {"GOARCH=arm64"},
	} {
		program := filepath.Join(dir, strings.ReplaceAll(name, " ", "-"))
		cmd := exec.Command("go", "build", "-o", program, "./testdata/digest")
		cmd.Env = append(append(os.Environ(), "CGO_ENABLED=0", "GOOS="+runtime.GOOS, "GOFLAGS="), build...)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
		noneFused(t, program)
		run, why := runner(t, name, program)
		if run == nil {
			t.Logf("%s is built and looked at, and not run: %s", name, why)
			continue
		}
		out, err = run.CombinedOutput()
		require.NoError(t, err, "%s: %s", name, out)
		said[name] = string(out)
	}
	require.Contains(t, said["here"], "{[0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 1 0 0 0] 3/181}")
	for name, out := range said {
		require.Equal(t, said["here"], out, name)
	}
}

// runner gives the command that runs a program built for a machine, or why there is none. In CI there is one.
func runner(t *testing.T, name, program string) (*exec.Cmd, string) {
	switch arch, version, _ := strings.Cut(name, " "); {
	case name == "here":
	case arch == "arm64" && runtime.GOARCH != "arm64":
		for _, emulator := range []string{"qemu-aarch64-static", "qemu-aarch64"} {
			if path, err := exec.LookPath(emulator); err == nil {
				return exec.Command(path, program), ""
			}
		}
		require.Empty(t, os.Getenv("CI"), "an emulator must be there in CI: apt-get install -y qemu-user-static")
		return nil, "no emulator; one command brings it: sudo apt-get install -y qemu-user-static"
	case arch == "amd64" && runtime.GOARCH != "amd64":
		return nil, "this machine is " + runtime.GOARCH
	case version == "v3":
		info, _ := os.ReadFile("/proc/cpuinfo")
		if runtime.GOOS == "linux" && !regexp.MustCompile(`\bavx2\b`).Match(info) {
			return nil, "this processor has no AVX2"
		}
	}
	return exec.Command(program), ""
}

// noneFused looks for products fused with sums in what is built of the package and of those below it.
func noneFused(t *testing.T, program string) {
	out, err := exec.Command("go", "tool", "objdump", "-s", `daybook\.internal/sortition`, program).CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.Contains(t, string(out), "lp.(*Problem).across", "the package is looked at")
	fused := regexp.MustCompile(`\b(FN?M(ADD|SUB)[SD]|VFN?M(ADD|SUB)[0-9]*[SP][SD])\b`)
	require.True(t, fused.MatchString("FNMSUBD F3, F2, F1, F1") && fused.MatchString("VFMADD231SD X1, X2, X3"))
	require.Empty(t, fused.FindAllString(string(out), -1))
}
