package verify

import (
	"context"
	"errors"
	"io/fs"

	"daybook.internal/ledger/tiles"
	"daybook.internal/replay"
)

// markers are files that only a bundle has. One with some of them has all of them, or somebody has taken out what was to be compared.
var markers = []string{tiles.SumsPath, "BUNDLE.md", indexPath}

// sums has the files compared with their list while they are read. ended reads the others, and says what the check comes to.
func (r *runner) sums(ctx context.Context, files tiles.Files) (_ tiles.Files, ended func()) {
	for _, name := range markers {
		if f, _, err := files.Open(ctx, name); err == nil {
			r.bundle = true
			_ = f.Close()
		}
	}
	list, err := tiles.Read(ctx, files, tiles.SumsPath, tiles.Limit(tiles.SumsPath))
	switch {
	case errors.Is(err, fs.ErrNotExist) && !r.bundle:
		r.notAsked(checkSums, "a log has no list of its files")
		return files, func() {}
	case err != nil:
		r.notDone(checkSums, "%v", err)
		return files, func() {}
	}
	sums, err := tiles.ParseSums(list)
	if err != nil {
		r.find(checkSums, replay.Sums, tiles.SumsPath, "%v", err)
		r.passed(checkSums, "")
		return files, func() {}
	}
	summed := tiles.WithSums(files, sums)
	return summed, func() {
		n, err := summed.Finish(ctx, func(name, problem string) { r.find(checkSums, replay.Sums, name, "%s", problem) })
		r.count(checkSums, uint64(n))
		if err != nil {
			r.notDone(checkSums, "%v", err)
		}
		r.passed(checkSums, "")
	}
}
