package lottery

import (
	"encoding/csv"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/internal/realdata"
)

// sharedInstance reads an instance of the folder sortition of the real data. The number at the end of its name is the size of the panel.
func sharedInstance(t testing.TB, name string) Instance {
	t.Helper()
	dir := realdata.Path(t, "sortition", name)
	size, err := strconv.Atoi(name[strings.LastIndex(name, "_")+1:])
	require.NoError(t, err)
	in := Instance{Size: size}
	for _, row := range table(t, filepath.Join(dir, "categories.csv"))[1:] {
		least, err := strconv.Atoi(row[2])
		require.NoError(t, err)
		most, err := strconv.Atoi(row[3])
		require.NoError(t, err)
		in.Quotas = append(in.Quotas, Quota{row[0], row[1], least, most})
	}
	people := table(t, filepath.Join(dir, "respondents.csv"))
	at := slices.Index(people[0], "address")
	for i, row := range people[1:] {
		p := Person{ID: "p" + strconv.Itoa(i), Values: row[:len(in.Categories())]}
		if at >= 0 {
			p.Address = row[at] + "," + row[at+1]
		}
		in.People = append(in.People, p)
	}
	return in
}

func table(t testing.TB, path string) [][]string {
	t.Helper()
	f, err := os.Open(path)
	require.NoError(t, err)
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	require.NoError(t, err)
	return rows
}
