package release_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"daybook.internal/commands"
	"daybook.internal/domain"
	"daybook.internal/ledger"
	ledgersqlite "daybook.internal/ledger/sqlite"
	"daybook.internal/release"
	"daybook.internal/simulate"
	"daybook.internal/vault"
	vaultsqlite "daybook.internal/vault/sqlite"
)

var update = flag.Bool("update", false, "write the golden files anew")

const edition domain.EditionID = "ed_synthetic"

// facts are those of a small simulated edition.
var facts = sync.OnceValues(func() (_ []domain.Fact, err error) {
	ctx := context.Background()
	dir, err := os.MkdirTemp("", "release")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	l, err := ledgersqlite.Open(ctx, filepath.Join(dir, "ledger.db"), ledgersqlite.Options{})
	if err != nil {
		return nil, err
	}
	defer l.Close()
	v, err := vaultsqlite.Open(ctx, filepath.Join(dir, "vault.db"), vaultsqlite.Options{Key: vault.Key{1}})
	if err != nil {
		return nil, err
	}
	defer v.Close()
	if _, err = simulate.Run(ctx, &commands.Service{Ledger: l, Vault: v, Now: time.Now}, simulate.Options{Seed: 1, Countries: 4, Citizens: 16, Online: 8}, func(int, int) {}); err != nil {
		return nil, err
	}
	var all []domain.Fact
	for e, err := range l.All(ctx, ledger.Cursor{}) {
		if err != nil {
			return nil, err
		}
		f, err := e.Decode()
		if err != nil {
			return nil, err
		}
		all = append(all, f)
	}
	return all, nil
})

// source is that of the first n records of the edition; of all where n is negative.
func source(t *testing.T, n int) *release.Source {
	t.Helper()
	all, err := facts()
	require.NoError(t, err)
	if n < 0 {
		n = len(all)
	}
	s := release.NewSource(edition)
	for _, f := range all[:n] {
		require.NoError(t, s.Apply(f))
	}
	return s
}

// written is a release of all records.
type written struct {
	dir    string
	report release.Report
}

var (
	once   sync.Once
	whole  written
	parent string
)

func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	if parent != "" {
		_ = os.RemoveAll(parent)
	}
	os.Exit(code)
}

// theRelease is written once for all tests, with all that can be.
func theRelease(t *testing.T) written {
	t.Helper()
	once.Do(func() {
		var err error
		parent, err = os.MkdirTemp("", "release")
		require.NoError(t, err)
		whole = write(t, filepath.Join(parent, "out"))
	})
	require.NotEmpty(t, whole.report.Files, "the release could not be written")
	return whole
}

func options(out string) release.Options {
	licence, _ := release.LicenceByID(release.DefaultLicence)
	return release.Options{Out: out, Licence: licence, Root: "cm9vdA==", Spreadsheet: true}
}

func write(t *testing.T, out string) written {
	t.Helper()
	r, err := release.Write(t.Context(), source(t, -1), options(out), nil)
	require.NoError(t, err)
	return written{out, r}
}

func (w written) read(t *testing.T, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(w.dir, filepath.FromSlash(name)))
	require.NoError(t, err)
	return b
}

// table reads a CSV: its header and its rows by column.
func (w written) table(t *testing.T, name string) ([]string, []map[string]string) {
	t.Helper()
	records, err := csv.NewReader(bytes.NewReader(w.read(t, "csv/"+name+".csv"))).ReadAll()
	require.NoError(t, err, name)
	rows := make([]map[string]string, 0, len(records)-1)
	for _, record := range records[1:] {
		row := map[string]string{}
		for i, cell := range record {
			row[records[0][i]] = cell
		}
		rows = append(rows, row)
	}
	return records[0], rows
}

// objects reads an NDJSON.
func (w written) objects(t *testing.T, name string) []map[string]any {
	t.Helper()
	var all []map[string]any
	d := json.NewDecoder(bytes.NewReader(w.read(t, "ndjson/"+name+".ndjson")))
	d.UseNumber()
	for {
		var o map[string]any
		err := d.Decode(&o)
		if err == io.EOF {
			return all
		}
		require.NoError(t, err, name)
		all = append(all, o)
	}
}

// names are those of the tables.
func (w written) names() (names []string) {
	for _, f := range w.report.Files {
		if strings.HasPrefix(f.Path, "ndjson/") {
			names = append(names, f.Table.Name)
		}
	}
	return names
}
