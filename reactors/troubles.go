package reactors

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"iter"
	"slices"
	"time"

	"daybook.internal/domain"
	"daybook.internal/internal/sqlitefile"
	"daybook.internal/ledger"
)

// Why a message is in the state.
const (
	Trying = "trying" // it failed, and is tried again
	Parked = "parked" // it was given up, and those behind it went on
	Due    = "due"    // it is parked, and somebody wants it tried again
)

// A Trouble is a message that was tried and is not delivered. Where it came from stands in the ledger, at Seq.
type Trouble struct {
	Receiver string         `json:"receiver"`
	Seq      uint64         `json:"seq"`
	Event    domain.EventID `json:"event"`
	Type     string         `json:"type"`
	State    string         `json:"state"`
	Attempts int            `json:"attempts"` // since it was tried first, or marked last
	Refusals int            `json:"refusals"` // those of them in which the receiver answered, and said no
	First    domain.Time    `json:"first"`
	Last     domain.Time    `json:"last"`
	Why      string         `json:"why"` // of the last attempt; never a word of the receiver's
}

const columns = "receiver, seq, event, type, state, attempts, refusals, first, last, why"

func troubleOf(row []driver.Value) (t Trouble, err error) {
	t = Trouble{
		Receiver: text(row[0]), Seq: uint64(integer(row[1])), Type: text(row[3]), State: text(row[4]), Attempts: int(integer(row[5])), Refusals: int(integer(row[6])),
		First: domain.Time(integer(row[7])), Last: domain.Time(integer(row[8])), Why: text(row[9]),
	}
	return t, t.Event.UnmarshalText([]byte(text(row[2])))
}

// failed counts a failed attempt, and gives what is known of the message now.
func (s *State) failed(ctx context.Context, receiver string, e ledger.Entry, refused bool, at time.Time, why string) (t Trouble, err error) {
	refusals := int64(0)
	if refused {
		refusals = 1
	}
	err = s.file.Write(ctx, func(c *sqlitefile.Conn) error {
		err := c.Exec("INSERT INTO troubles("+columns+") VALUES(?1, ?2, ?3, ?4, 'trying', 1, ?5, ?6, ?6, ?7) ON CONFLICT DO UPDATE SET "+
			"attempts = attempts + 1, refusals = refusals + ?5, last = ?6, why = ?7", receiver, int64(e.Seq), e.ID.String(), e.Type, refusals, at.UnixMilli(), why)
		if err != nil {
			return err
		}
		for row, err := range c.Query("SELECT "+columns+" FROM troubles WHERE receiver = ? AND seq = ?", receiver, int64(e.Seq)) {
			if err != nil {
				return err
			}
			if t, err = troubleOf(row); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return t, fmt.Errorf("reactors: %s, record %d: %w", receiver, e.Seq, err)
	}
	return t, nil
}

// errFull says that no more is parked.
var errFull = errors.New("so many messages are parked that no more are")

// park gives a message up and moves on behind it, in one step. A message that was parked before stays where it is, and the position with it. With limit messages parked
// already, it is errFull, and nothing has changed.
func (s *State) park(ctx context.Context, receiver string, e ledger.Entry, again bool, limit int, at time.Time, why string) error {
	err := s.file.Write(ctx, func(c *sqlitefile.Conn) error {
		if !again {
			for row, err := range c.Query("SELECT count(*) FROM troubles WHERE receiver = ? AND state <> 'trying'", receiver) {
				if err != nil {
					return err
				}
				if integer(row[0]) >= int64(limit) {
					return errFull
				}
			}
			if err := move(c, receiver, topic, e.Cursor); err != nil {
				return err
			}
		}
		return c.Exec("INSERT INTO troubles("+columns+") VALUES(?1, ?2, ?3, ?4, 'parked', 1, 0, ?5, ?5, ?6) ON CONFLICT DO UPDATE SET state = 'parked'",
			receiver, int64(e.Seq), e.ID.String(), e.Type, at.UnixMilli(), why)
	})
	if err != nil && !errors.Is(err, errFull) {
		return fmt.Errorf("reactors: park record %d for %s: %w", e.Seq, receiver, err)
	}
	return err
}

// Troubles yields what is not delivered, by receiver and in the order of the ledger; of one receiver, or of all where it is empty.
func (s *State) Troubles(ctx context.Context, receiver string) iter.Seq2[Trouble, error] {
	return func(yield func(Trouble, error) bool) {
		stopped := false
		err := s.file.Read(ctx, func(c *sqlitefile.Conn) error {
			for row, err := range c.Query("SELECT "+columns+" FROM troubles WHERE receiver = ?1 OR ?1 = '' ORDER BY receiver, seq", receiver) {
				if err != nil {
					return err
				}
				t, err := troubleOf(row)
				if err != nil {
					return err
				}
				if stopped = !yield(t, nil); stopped {
					return nil
				}
			}
			return nil
		})
		if err != nil && !stopped {
			yield(Trouble{}, fmt.Errorf("reactors: %w", err))
		}
	}
}

// due gives up to limit messages that are to be tried again, in the order of the ledger.
func (s *State) due(ctx context.Context, receiver string, limit int) (due []Trouble, err error) {
	for t, err := range s.Troubles(ctx, receiver) {
		if err != nil {
			return nil, err
		}
		if t.State == Due {
			if due = append(due, t); len(due) == limit {
				break
			}
		}
	}
	return due, nil
}

// delivered forgets a message that was due and has been delivered. One that was parked again meanwhile stays.
func (s *State) delivered(ctx context.Context, receiver string, seq uint64) error {
	err := s.file.Write(ctx, func(c *sqlitefile.Conn) error {
		return c.Exec("DELETE FROM troubles WHERE receiver = ? AND seq = ? AND state = 'due'", receiver, int64(seq))
	})
	if err != nil {
		return fmt.Errorf("reactors: %s, record %d: %w", receiver, seq, err)
	}
	return nil
}

// Replay marks parked messages of a receiver to be tried again, from the beginning; no seqs mean all of them. Whoever delivers by this state tries them within a second or
// so. It returns how many were marked; a seq that is not parked is an error, and nothing is marked.
func (s *State) Replay(ctx context.Context, receiver string, seqs ...uint64) (int, error) {
	return s.each(ctx, "UPDATE troubles SET state = 'due', attempts = 0, refusals = 0 WHERE receiver = ? AND seq = ?", receiver, seqs)
}

// Drop forgets parked messages of a receiver, which then never gets them; no seqs mean all of them. Otherwise it is as Replay.
func (s *State) Drop(ctx context.Context, receiver string, seqs ...uint64) (int, error) {
	return s.each(ctx, "DELETE FROM troubles WHERE receiver = ? AND seq = ?", receiver, seqs)
}

// ErrNotParked says that a message is not parked.
var ErrNotParked = errors.New("it is not parked")

func (s *State) each(ctx context.Context, sql, receiver string, seqs []uint64) (n int, err error) {
	err = s.file.Write(ctx, func(c *sqlitefile.Conn) error {
		parked := map[uint64]bool{}
		for row, err := range c.Query("SELECT seq FROM troubles WHERE receiver = ? AND state = 'parked' ORDER BY seq", receiver) {
			if err != nil {
				return err
			}
			parked[uint64(integer(row[0]))] = true
		}
		if len(seqs) == 0 {
			for seq := range parked {
				seqs = append(seqs, seq)
			}
		}
		slices.Sort(seqs)
		for _, seq := range slices.Compact(seqs) {
			if !parked[seq] {
				return fmt.Errorf("record %d for %s: %w", seq, receiver, ErrNotParked)
			}
			if err := c.Exec(sql, receiver, int64(seq)); err != nil {
				return err
			}
			n++
		}
		return nil
	})
	if err != nil {
		return 0, fmt.Errorf("reactors: %w", err)
	}
	return n, nil
}

// The columns of a row, with their zero value where a bit has made another type of them.
func integer(v driver.Value) int64 { n, _ := v.(int64); return n }
func text(v driver.Value) string   { s, _ := v.(string); return s }
