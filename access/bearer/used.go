package bearer

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"time"
)

// On which day a key was used last is enough to find those that nobody needs any more. A time would tell when somebody reads, so none is kept, also not as that of the file.

// uses are the days on which keys were used last, as far as this process knows: each is written once, with the first use of the day.
type uses struct {
	now func() time.Time

	mu   sync.Mutex
	days map[string]string // by id; guarded by mu
}

// note takes down that a key is used. Where that cannot be written, the key is as good as it was, and it is tried again the next day, or by the next process.
func (u *uses) note(d Dir, id string) {
	today := u.now().UTC().Format(time.DateOnly)
	u.mu.Lock()
	known := u.days[id]
	if known < today {
		u.days[id] = today
	}
	u.mu.Unlock()
	if known < today {
		_ = d.use(id, today)
	}
}

// use writes down the day on which a key was used, unless a later one stands there.
func (d Dir) use(id, day string) error {
	if last, err := d.lastUsed(id); err == nil && last >= day {
		return nil
	}
	began, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return err
	}
	return replaceFile(d.path(apiKeys, id, ".used"), []byte(day+"\n"), began)
}

// lastUsed is the day on which a key was used last; empty where it never was.
func (d Dir) lastUsed(id string) (string, error) {
	path := d.path(apiKeys, id, ".used")
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	if _, err := time.Parse(time.DateOnly+"\n", string(text)); err != nil {
		return "", fmt.Errorf("%s has no day in it; delete it", path)
	}
	return string(text[:len(time.DateOnly)]), nil
}
