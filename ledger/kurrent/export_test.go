package kurrent

import (
	"time"

	"github.com/EventStore/EventStore-Client-Go/v4/esdb"

	"daybook.internal/domain"
	"daybook.internal/ledger"
)

// Recorded is what a server gives back of a draft that it took.
func Recorded(stream domain.StreamID, d ledger.Draft) (*esdb.RecordedEvent, error) {
	e, err := toEvent(stream, d)
	return &esdb.RecordedEvent{EventID: e.EventID, EventType: e.EventType, StreamID: DefaultPrefix + string(stream), Data: e.Data, UserMetadata: e.Metadata}, err
}

// Hidden is a connection string without secrets.
var Hidden = hidden

// ToRecord is the record of an event.
func ToRecord(stream domain.StreamID, e *esdb.RecordedEvent) (domain.Record, error) {
	return toRecord(stream, e)
}

// Places is the count of a tail.
type Places = places

func (p *places) Add(position uint64, check uint32)              { p.add(position, check) }
func (p *places) At(seq uint64) (position uint64, check uint32)  { return p.at(seq) }
func (p *places) SeqOf(position uint64) (seq uint64, there bool) { return p.seq(position) }
func (p *places) Find(at ledger.Cursor) error                    { return p.find(at) }
func Token(position uint64, check uint32) string                 { return token(position, check) }

// What the tail keeps for followers.
const MaxRecent = maxRecent

// Runs is how many batches from the first on are sent as one append.
func Runs(batches []ledger.Batch) int { return runOf(batches) }

// Hasty is c with little patience for servers that refuse us.
func Hasty(c Config) Config {
	c.refusedPause = 50 * time.Millisecond
	return c
}

// Chunk is a chunk of a count file, for records from seq on.
func Chunk(p *Places, seq uint64) []byte {
	c := countFile{}
	b := chunkOf(p, seq)
	_ = c.save(b) // which has no file to write to
	return b
}

// ReadChunks adds the good chunks of b to p, and says how long they are.
var ReadChunks = readChunks

// N is how many records are counted.
func (p *places) N() uint64 { return p.n }
