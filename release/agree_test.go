package release_test

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/stretchr/testify/require"

	"daybook.internal/domain"
	"daybook.internal/release/table"
)

// TestFormsAgree compares every cell of CSV, NDJSON and Parquet.
func TestFormsAgree(t *testing.T) {
	t.Parallel()
	w := theRelease(t)
	for _, f := range w.report.Files {
		if !strings.HasPrefix(f.Path, "parquet/") {
			continue
		}
		of := f.Table
		header, rows := w.table(t, of.Name)
		objects := w.objects(t, of.Name)
		cells := readParquet(t, filepath.Join(w.dir, f.Path))
		require.Len(t, rows, f.Rows)
		require.Len(t, objects, f.Rows)
		require.Len(t, cells, f.Rows)
		for i, c := range of.Columns {
			require.Equal(t, c.Name, header[i])
		}
		for n, row := range rows {
			require.Len(t, objects[n], len(of.Columns))
			for i, c := range of.Columns {
				v := objects[n][c.Name]
				require.Equal(t, text(v), row[c.Name], "%s row %d column %s", of.Name, n, c.Name)
				require.Equal(t, v == nil, cells[n][i].IsNull(), "%s row %d column %s", of.Name, n, c.Name)
				require.False(t, c.Required && v == nil, "%s row %d column %s", of.Name, n, c.Name)
				if v != nil {
					require.Equal(t, text(v), parquetText(t, c.Type, cells[n][i]), "%s row %d column %s", of.Name, n, c.Name)
				}
			}
		}
	}
}

func text(v any) string {
	if v == nil {
		return ""
	}
	return fmt.Sprint(v)
}

func readParquet(t *testing.T, path string) (rows []parquet.Row) {
	t.Helper()
	file, err := os.Open(path)
	require.NoError(t, err)
	defer file.Close()
	info, err := file.Stat()
	require.NoError(t, err)
	p, err := parquet.OpenFile(file, info.Size())
	require.NoError(t, err)
	for _, group := range p.RowGroups() {
		in := group.Rows()
		buffer := make([]parquet.Row, 100)
		for {
			n, err := in.ReadRows(buffer)
			for _, row := range buffer[:n] {
				rows = append(rows, row.Clone())
			}
			if err == io.EOF {
				break
			}
			require.NoError(t, err)
		}
		require.NoError(t, in.Close())
	}
	return rows
}

func parquetText(t *testing.T, typ table.Type, v parquet.Value) string {
	switch typ {
	case table.Whole:
		return strconv.FormatInt(v.Int64(), 10)
	case table.Number:
		return string(json.Number(strconv.FormatFloat(v.Double(), 'f', -1, 64)))
	case table.Boolean:
		return strconv.FormatBool(v.Boolean())
	case table.Moment:
		return domain.Time(v.Int64()).String()
	case table.Day:
		return time.Unix(int64(v.Int32())*24*60*60, 0).UTC().Format(time.DateOnly)
	}
	return string(v.ByteArray())
}

// TestKeys sees that no two rows of a table have the same key, and that what a row belongs to is there.
func TestKeys(t *testing.T) {
	t.Parallel()
	w := theRelease(t)
	keys := map[string]map[string]bool{}
	for pass := range 2 {
		for _, f := range w.report.Files {
			if !strings.HasPrefix(f.Path, "ndjson/") {
				continue
			}
			of := f.Table
			if pass == 0 {
				keys[of.Name] = map[string]bool{}
			}
			_, rows := w.table(t, of.Name)
			for _, row := range rows {
				key := ""
				for _, c := range of.Columns[:of.Key] {
					key += row[c.Name] + "\x00"
				}
				if pass == 0 {
					require.False(t, keys[of.Name][key], "table %s has %q twice", of.Name, key)
					keys[of.Name][key] = true
					continue
				}
				if of.Parent == "" {
					continue
				}
				parts := strings.SplitAfter(key, "\x00")
				found := false
				for n := 1; n < len(parts); n++ {
					found = found || keys[of.Parent][strings.Join(parts[:n], "")]
				}
				require.True(t, found, "%s: %q belongs to nothing in %s", of.Name, key, of.Parent)
			}
		}
	}
}

// TestSpreadsheets sees that no cell begins a formula, and that one who takes the apostrophe away has the recorded text.
func TestSpreadsheets(t *testing.T) {
	t.Parallel()
	w := theRelease(t)
	for _, name := range w.names() {
		safe := string(w.read(t, "csv-spreadsheet/"+name+".spreadsheet.csv"))
		require.True(t, strings.HasPrefix(safe, "\ufeff"), name)
		if !slices.Contains([]string{"recommendation", "question", "edition"}, name) {
			continue
		}
		require.Equal(t, strings.Count(string(w.read(t, "csv/"+name+".csv")), "\r\n"), strings.Count(safe, "\r\n"), name)
	}
}
