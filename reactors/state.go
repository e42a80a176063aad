package reactors

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"daybook.internal/internal/sqlitefile"
	"daybook.internal/ledger"
	"daybook.internal/ledger/feed"
)

// kind is format 3. A position is where a receiver stands; a trouble is a message that was tried and is not delivered; a row of receivers says why nothing is sent to one; a subscription is
// a receiver that is not in the configuration, and a key is what its owner asked for it with. It has the secret as it is, for deliveries are signed with it: whoever can read the file can sign.
//
// The file may be read, and what is parked be marked, while another process delivers: sqlite3 reactors.db "SELECT receiver, seq, state, why FROM troubles". A commit
// does not wait for the disk: after a power failure the last ones may be gone, position and troubles together, and what they told of is delivered again.
var kind = sqlitefile.Kind{
	Name:        "state of deliveries",
	Application: 0x64617972, // "dayr"
	Format:      3,
	Tables: []string{
		`CREATE TABLE positions(receiver TEXT NOT NULL, topic TEXT NOT NULL, seq INTEGER NOT NULL, token TEXT NOT NULL, PRIMARY KEY(receiver, topic)) WITHOUT ROWID, STRICT`,
		`CREATE TABLE receivers(receiver TEXT PRIMARY KEY, stopped TEXT NOT NULL) WITHOUT ROWID, STRICT`,
		`CREATE TABLE troubles(receiver TEXT NOT NULL, seq INTEGER NOT NULL, event TEXT NOT NULL, type TEXT NOT NULL, state TEXT NOT NULL, ` +
			`attempts INTEGER NOT NULL, refusals INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, why TEXT NOT NULL, ` +
			`PRIMARY KEY(receiver, seq)) WITHOUT ROWID, STRICT`,
		`CREATE TABLE subscriptions(receiver TEXT PRIMARY KEY, owner TEXT NOT NULL, url TEXT NOT NULL, secret TEXT NOT NULL, types TEXT NOT NULL, editions TEXT NOT NULL, ` +
			`begins TEXT NOT NULL, made INTEGER NOT NULL) WITHOUT ROWID, STRICT`,
		`CREATE TABLE keys(owner TEXT NOT NULL, key TEXT NOT NULL, receiver TEXT NOT NULL, asked TEXT NOT NULL, at INTEGER NOT NULL, PRIMARY KEY(owner, key)) WITHOUT ROWID, STRICT`,
	},
	Mode:    0o600,
	Pragmas: []string{"synchronous=NORMAL"},
}

// topic is what the receivers follow. A state could keep the positions of others.
const topic = "ledger"

// State is what is known of deliveries: how far each receiver has come, what failed how often, what is parked. It is safe for concurrent use; one process at a time
// delivers by it.
type State struct {
	file       *sqlitefile.File
	subscribes bool // whether the file has subscriptions: one of format 1 that is only read has none

	mu    sync.Mutex
	slots map[[2]string]chan struct{} // who has a position; guarded by mu
}

var _ feed.Positions = (*State)(nil)

// OpenState opens the state in the file at path, whose folder must exist, and makes it where there is none.
func OpenState(ctx context.Context, path string, readOnly bool) (*State, error) {
	f, format, err := openFile(ctx, path, readOnly)
	if err != nil {
		return nil, fmt.Errorf("reactors: %w", err)
	}
	return &State{file: f, subscribes: format >= 2, slots: map[[2]string]chan struct{}{}}, nil
}

// Close lets go of the file. It may be called twice.
func (s *State) Close() error { return s.file.Close() }

// Take is that of feed.Positions.
func (s *State) Take(ctx context.Context, receiver, topic string) (feed.Position, error) {
	s.mu.Lock()
	slot := s.slots[[2]string{receiver, topic}]
	if slot == nil {
		slot = make(chan struct{}, 1)
		s.slots[[2]string{receiver, topic}] = slot
	}
	s.mu.Unlock()
	select {
	case slot <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	at, _, err := s.position(ctx, receiver, topic)
	if err != nil {
		<-slot
		return nil, err
	}
	return &position{s, receiver, topic, slot, at}, nil
}

// position reads where a receiver stands; begun is false where it never stood anywhere.
func (s *State) position(ctx context.Context, receiver, topic string) (at ledger.Cursor, begun bool, err error) {
	err = s.file.Read(ctx, func(c *sqlitefile.Conn) error {
		for row, err := range c.Query("SELECT seq, token FROM positions WHERE receiver = ? AND topic = ?", receiver, topic) {
			if err != nil {
				return err
			}
			at, begun = ledger.Cursor{Seq: uint64(integer(row[0])), Token: text(row[1])}, true
		}
		return nil
	})
	if err != nil {
		err = fmt.Errorf("reactors: position of %s: %w", receiver, err)
	}
	return at, begun, err
}

// begin settles where a receiver begins that never stood anywhere.
func (s *State) begin(ctx context.Context, receiver string, at ledger.Cursor) error {
	err := s.file.Write(ctx, func(c *sqlitefile.Conn) error {
		return c.Exec("INSERT INTO positions(receiver, topic, seq, token) VALUES(?, ?, ?, ?) ON CONFLICT DO NOTHING", receiver, topic, int64(at.Seq), at.Token)
	})
	if err != nil {
		return fmt.Errorf("reactors: begin %s: %w", receiver, err)
	}
	return nil
}

// position is one that somebody has taken.
type position struct {
	state           *State
	receiver, topic string
	slot            <-chan struct{}
	at              ledger.Cursor // used by whoever has it
}

// At is that of feed.Position.
func (p *position) At() ledger.Cursor { return p.at }

// Save is that of feed.Position, but for a place that is behind: then it stays. What was tried before that place has been delivered, and is forgotten with it.
func (p *position) Save(ctx context.Context, at ledger.Cursor) error {
	err := p.state.file.Write(ctx, func(c *sqlitefile.Conn) error {
		return errors.Join(move(c, p.receiver, p.topic, at),
			c.Exec("DELETE FROM troubles WHERE receiver = ? AND seq < ? AND state = 'trying'", p.receiver, int64(at.Seq)))
	})
	if err != nil {
		return fmt.Errorf("reactors: save the position of %s: %w", p.receiver, err)
	}
	p.at = at
	return nil
}

// Release is that of feed.Position.
func (p *position) Release() { <-p.slot }

// move never moves back: while a message is being parked, which moves on behind it, the feed may save the place before it, and what was parked would come again.
func move(c *sqlitefile.Conn, receiver, topic string, to ledger.Cursor) error {
	return c.Exec("INSERT INTO positions(receiver, topic, seq, token) VALUES(?, ?, ?, ?) ON CONFLICT DO UPDATE SET seq = excluded.seq, token = excluded.token WHERE excluded.seq > seq",
		receiver, topic, int64(to.Seq), to.Token)
}
