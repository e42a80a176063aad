package kurrent

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
)

// A countFile keeps a count from one start to the next, so that a start reads what has come since and not the whole log. It is a copy of what the server knows better: it
// is compared with the server before it is used, thrown away where the two differ, and may be deleted at any time.
//
//	"daybook-count/v1\n", the prefix, "\n"
//	then, as often as there is something to keep, numbers big-endian:
//	bytes   what
//	 0-3    CRC-32C of what follows
//	 4-11   seq of the first record
//	12-15   how many records, n
//	16-     n times: position (8 bytes), check (4 bytes)
//
// What is cut off or broken ends the count there. Two processes may write one file: what is there twice is read once.
type countFile struct {
	f     *os.File
	start int64  // where the first chunk begins
	saved uint64 // records in the file
}

const (
	chunkHead    = 16
	chunkRecord  = 12
	chunkRecords = 4096
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// openCount opens the file at path, or makes it, and reads the count. Only what is no count of that prefix is an error.
func openCount(path, prefix string) (*countFile, places, error) {
	var p places
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_APPEND, 0o640)
	if err != nil {
		return nil, p, fmt.Errorf("count: %w", err)
	}
	head := "daybook-count/v1\n" + prefix + "\n"
	b, err := os.ReadFile(path)
	switch {
	case err != nil:
		err = fmt.Errorf("count: %w", err)
	case len(b) == 0:
		_, err = f.WriteString(head)
	case len(b) < len(head) || string(b[:len(head)]) != head:
		err = fmt.Errorf("%s is no count of streams %s*: name another file, or delete this one", path, prefix)
	default:
		good := readChunks(b[len(head):], &p)
		err = f.Truncate(int64(len(head) + good)) // nothing if all of it is good
	}
	if err != nil {
		return nil, places{}, errors.Join(err, f.Close())
	}
	return &countFile{f: f, start: int64(len(head)), saved: p.n}, p, nil
}

// readChunks adds what chunks say to p, and returns how many bytes of b are good.
func readChunks(b []byte, p *places) (good int) {
	for rest := b; len(rest) >= chunkHead; rest = b[good:] {
		seq, n := binary.BigEndian.Uint64(rest[4:]), uint64(binary.BigEndian.Uint32(rest[12:]))
		size := uint64(chunkHead) + n*chunkRecord
		if n == 0 || n > chunkRecords || size > uint64(len(rest)) || crc32.Checksum(rest[4:size], castagnoli) != binary.BigEndian.Uint32(rest) || seq > p.n {
			return good
		}
		last := uint64(0)
		if p.n > 0 {
			last, _ = p.at(p.n - 1)
		}
		for i := range n {
			record := rest[chunkHead+i*chunkRecord:]
			position, check := binary.BigEndian.Uint64(record), binary.BigEndian.Uint32(record[8:])
			if seq+i < p.n { // another process wrote it too
				if at, c := p.at(seq + i); at != position || c != check {
					return good
				}
				continue
			}
			if position <= last {
				return good
			}
			last = position
			p.add(position, check)
		}
		good += int(size)
	}
	return good
}

// save appends the records of a chunk.
func (c *countFile) save(chunk []byte) error {
	binary.BigEndian.PutUint32(chunk, crc32.Checksum(chunk[4:], castagnoli))
	if _, err := c.f.Write(chunk); err != nil {
		return fmt.Errorf("count: %w", err)
	}
	c.saved += uint64(binary.BigEndian.Uint32(chunk[12:]))
	return nil
}

// chunkOf is the next chunk for records from seq on, without its CRC.
func chunkOf(p *places, seq uint64) []byte {
	n := min(p.n-seq, chunkRecords)
	b := make([]byte, 4, chunkHead+n*chunkRecord)
	b = binary.BigEndian.AppendUint64(b, seq)
	b = binary.BigEndian.AppendUint32(b, uint32(n))
	for i := range n {
		position, check := p.at(seq + i)
		b = binary.BigEndian.AppendUint64(b, position)
		b = binary.BigEndian.AppendUint32(b, check)
	}
	return b
}

// clear forgets everything.
func (c *countFile) clear() error {
	c.saved = 0
	return c.f.Truncate(c.start)
}

// save keeps the count in the file, once there are so many records that are not in it. While the server forgets something nothing is kept, so that the next start finds
// that too.
func (t *tail) save(least uint64) {
	for t.file != nil {
		t.mu.Lock()
		if t.anew {
			t.anew = false
			t.mu.Unlock()
			t.unless(t.file.clear())
			continue
		}
		if t.untried || len(t.truncated) > 0 || t.places.n-t.file.saved < least {
			t.mu.Unlock()
			return
		}
		chunk := chunkOf(&t.places, t.file.saved)
		t.mu.Unlock()
		t.unless(t.file.save(chunk))
	}
}

// unless lets go of the file if it cannot be written.
func (t *tail) unless(err error) {
	if err != nil {
		t.log.Warn("the count is not kept any more, so the next start will read the whole ledger", "why", err)
		_ = t.file.f.Close()
		t.file = nil
	}
}

// finish keeps what there is.
func (t *tail) finish() {
	if t.save(1); t.file != nil {
		_ = t.file.f.Close()
	}
}
