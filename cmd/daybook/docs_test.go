package main

import (
	"bytes"
	"crypto/ed25519"
	"encoding/hex"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/api"
	"daybook.internal/commands"
)

// TestReadme runs the daybook commands of the README as they stand there, after what `make run` leaves behind.
func TestReadme(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	writeExport(t, filepath.Join(dir, "exports", "brexit-consensus"), 40, 30, 300)
	makefile, err := os.ReadFile(filepath.Join("..", "..", "Makefile"))
	require.NoError(t, err)
	run := regexp.MustCompile(`\./bin/daybook (simulate .*) --data \$\(DATA\) (.*) >/dev/null`).FindStringSubmatch(strings.Replace(string(makefile), "simulate --data", "simulate  --data", 1))
	require.NotNil(t, run)
	made := newRoot(&bytes.Buffer{}, &bytes.Buffer{})
	made.SetArgs(append(strings.Fields(run[1]+" "+run[2]), "--data", data))
	require.NoError(t, made.ExecuteContext(t.Context()))

	ran := 0
	for _, line := range shellLines(t, filepath.Join("..", "..", "README.md")) {
		rest, ok := strings.CutPrefix(line, "bin/daybook ")
		if !ok {
			continue
		}
		rest, into, redirected := strings.Cut(rest, " > ")
		rest = strings.NewReplacer("./data", data, "./simulated", filepath.Join(dir, "simulated"), "exports/", filepath.Join(dir, "exports")+"/", "edition.zip", filepath.Join(dir, "edition.zip")).Replace(rest)
		var out, errs bytes.Buffer
		root := newRoot(&out, &errs)
		root.SetArgs(strings.Fields(rest))
		require.NoError(t, root.ExecuteContext(t.Context()), "%s: %s", line, errs.String())
		require.NotEmpty(t, out.String(), line)
		if redirected {
			require.NoError(t, os.WriteFile(filepath.Join(dir, into), out.Bytes(), 0o600))
		}
		ran++
	}
	require.Equal(t, 9, ran)
}

// shellLines gives the lines of the sh blocks of a Markdown file.
func shellLines(t *testing.T, path string) []string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	var lines []string
	for _, block := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(string(text), -1) {
		lines = append(lines, strings.Split(block[1], "\n")...)
	}
	return lines
}

// TestFilesOfCommands runs the page on files of commands as it stands there: its files are written, its commands run, and what they print is what the page
// shows.
func TestFilesOfCommands(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	docs := filepath.Join("..", "..", "docs")
	page, err := os.ReadFile(filepath.Join(docs, "commands.md"))
	require.NoError(t, err)
	before, err := os.ReadFile(filepath.Join(docs, "edition.ndjson"))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "edition.ndjson"), before, 0o600))
	var out bytes.Buffer
	ran, shown := 0, 0
	for _, block := range regexp.MustCompile("(?s)```(\\w+) ?([\\w.]*)\n(.*?)```").FindAllStringSubmatch(string(page), -1) {
		switch kind, file, text := block[1], block[2], block[3]; {
		case kind == "sh":
			for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
				rest, ok := strings.CutPrefix(line, "daybook ")
				require.True(t, ok, line)
				out.Reset()
				rest, into, redirected := strings.Cut(rest, " > ")
				words := strings.Fields(rest)
				for i, w := range words {
					if strings.HasSuffix(w, ".ndjson") || strings.HasSuffix(w, ".key") || w == "./data" {
						words[i] = filepath.Join(dir, w)
					}
				}
				root := newRoot(&out, &bytes.Buffer{})
				root.SetArgs(words)
				if err := root.ExecuteContext(t.Context()); err != nil {
					require.ErrorContains(t, err, "rejected", line)
				}
				require.NotEmpty(t, out.String(), line)
				if redirected {
					require.NoError(t, os.WriteFile(filepath.Join(dir, into), out.Bytes(), 0o600))
				}
				ran++
			}
		case file != "":
			require.NoError(t, os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600))
		default:
			require.Equal(t, text, out.String())
			shown++
		}
	}
	require.Equal(t, 10, ran)
	require.Equal(t, 6, shown)
	require.Contains(t, string(page), "at most 1 MiB")
	for _, r := range []commands.Result{commands.Done, commands.AlreadyDone, commands.Rejected, commands.Failed, commands.NotDone} {
		require.Contains(t, string(page), "| `"+string(r)+"` |")
	}
}

// TestHelp holds the help of every command against what is expected of it: a sentence, an example that parses, and every flag explained.
func TestHelp(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	root := newRoot(&out, &out)
	for _, c := range root.Commands() {
		if c.Name() == "help" || c.Name() == "completion" {
			continue
		}
		require.NotEmpty(t, c.Short, c.Name())
		for _, sub := range append(c.Commands(), c) {
			for _, line := range strings.Split(sub.Example, "\n") {
				words := strings.Fields(line)
				if len(words) == 0 {
					continue
				}
				require.Equal(t, "daybook", words[0], line)
				found, rest, err := root.Find(words[1:])
				require.NoError(t, err, line)
				require.True(t, found == sub || found.Parent() == sub, "%s is about another command", line) // what groups commands shows them
				require.NoError(t, found.ParseFlags(rest), line)
				require.NoError(t, found.ValidateArgs(found.Flags().Args()), line)
			}
		}
	}
}

// TestDocsNameEveryCommand keeps the page about HTTP and the programs apart from drifting: the limits that it states are those of the code.
func TestDocsNameEveryCommand(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "api.md"))
	require.NoError(t, err)
	require.Equal(t, 1<<20, api.MaxBody)
	require.Contains(t, string(page), "1 MiB")
	require.Equal(t, 64<<20, api.MaxFile)
	require.Contains(t, string(page), "64 MiB")
	require.Contains(t, string(page), api.IdempotencyKey)
	require.Contains(t, string(page), api.ActorHeader)
	cli, err := os.ReadFile(filepath.Join("..", "..", "docs", "cli.md"))
	require.NoError(t, err)
	for _, c := range newRoot(os.Stdout, os.Stderr).Commands() {
		switch c.Name() {
		case "help", "completion", "exit-codes":
			continue
		}
		require.Contains(t, string(cli), "`daybook "+c.Name(), "docs/cli.md does not tell of it")
	}
}

// TestNotPromised: what ballots do not promise stands in the README in the words of the page on ballots.
func TestNotPromised(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "ballots.md"))
	require.NoError(t, err)
	readme, err := os.ReadFile(filepath.Join("..", "..", "README.md"))
	require.NoError(t, err)
	said := regexp.MustCompile(`(?s)\*\*Not promised:\*\*.*?Belenios\S*`).FindString(string(page))
	for _, what := range []string{"receipt-freeness", "coercion resistance", "unique row of votes", "hacked", "registrar"} {
		require.Contains(t, said, what)
	}
	require.Contains(t, string(readme), said)
}

// TestWhatIsSigned: the object on the page on ballots is what the example on files of commands has signed.
func TestWhatIsSigned(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join("..", "..", "docs", "ballots.md"))
	require.NoError(t, err)
	files, err := os.ReadFile(filepath.Join("..", "..", "docs", "commands.md"))
	require.NoError(t, err)
	object := regexp.MustCompile("(?s)```json\n(.*?)\n```").FindSubmatch(page)
	require.NotNil(t, object)
	secret := regexp.MustCompile(`PRIVATE\+DEVICE\+([0-9a-f]{64})`).FindSubmatch(files)
	require.NotNil(t, secret)
	seed, err := hex.DecodeString(string(secret[1]))
	require.NoError(t, err)
	signature := ed25519.Sign(ed25519.NewKeyFromSeed(seed), append([]byte("daybook-ballot/v1\x00"), object[1]...))
	require.Contains(t, string(files), `"signature":"`+hex.EncodeToString(signature)+`"`)
}
