// Package witness keeps watch over logs: a witness cosigns a head only if it continues the head that it cosigned before (https://c2sp.org/tlog-witness), so
// that a log with enough witnesses cannot show two pasts to two people. The package has the witness itself, which partners run, and the client by which a log
// asks its witnesses.
//
// The rule of a witness: what is cosigned is on the disk before anybody sees the cosignature. So it never cosigns two roots of one size, nor a head that is
// shorter than or forked from one that it cosigned, whatever it is asked, by how many at once, and wherever it is killed. An attacker who has its key or can
// put its directory back to an earlier state can make it do so; one who asks over the network cannot.
package witness

import (
	"bytes"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"sync"
	"time"

	"golang.org/x/mod/sumdb/note"

	"daybook.internal/notary"
)

// Why a witness does not cosign. Each has a status of HTTP, and the client gives the same errors.
var (
	ErrMalformed    = errors.New("the request is malformed")                                                          // 400
	ErrUnsigned     = errors.New("no key that the witness knows for this log has signed the checkpoint")              // 403
	ErrUnknownLog   = errors.New("the witness does not know the log")                                                 // 404
	ErrInconsistent = errors.New("the checkpoint is not shown to continue the one that was cosigned before")          // 422
	ErrState        = errors.New("the directory of the witness is damaged, and it does not start from nothing again") // it does not start
)

// A ConflictError says that the proof does not begin at the head that the witness cosigned last. Its status is 409.
type ConflictError struct {
	Size int64 // of that head; 0 for none
}

func (e *ConflictError) Error() string {
	return fmt.Sprintf("the witness knows the log up to size %d", e.Size)
}

// Options are what a Witness is made of.
type Options struct {
	Dir string // where its key and its state stand; nobody else writes there
	// Logs are the keys of the logs that it cosigns. A log's origin is the name of its key; it may have several keys.
	Logs []note.Verifier
	Name string           // of the key, where one is made; by default the key gives it
	Now  func() time.Time // time.Now by default
	Rand io.Reader        // for a new key; crypto/rand by default

	stored func() // for tests: called when a head is on the disk and its cosignature not yet given away
}

// A Witness cosigns. It may be used from many goroutines.
type Witness struct {
	key    *notary.Cosigner
	now    func() time.Time
	dir    directory
	logs   map[string]*watched // by origin
	stored func()
}

// watched is what is known of one log.
type watched struct {
	origin string
	keys   note.Verifiers

	mu     sync.Mutex // held from the look at head until the next one is on the disk
	head   notary.Checkpoint
	signed []byte // the head as it is on the disk, with the log's signature and the cosignature; nil before the first
	at     int64  // when it was cosigned
	broken error  // set when it is not known what is on the disk
}

// Open starts a witness. It makes key and state in an empty directory, and refuses one whose files are damaged or missing: a witness that forgets is none.
func Open(o Options) (*Witness, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Rand == nil {
		o.Rand = rand.Reader
	}
	if len(o.Logs) == 0 {
		return nil, errors.New("a witness needs the key of at least one log")
	}
	dir := directory(o.Dir)
	key, err := dir.key(o.Rand, o.Name)
	if err != nil {
		return nil, err
	}
	w := &Witness{key: key, now: o.Now, dir: dir, logs: map[string]*watched{}, stored: o.stored}
	keys := map[string][]note.Verifier{}
	for _, k := range o.Logs {
		if slices.ContainsFunc(keys[k.Name()], func(other note.Verifier) bool { return other.KeyHash() == k.KeyHash() }) {
			return nil, fmt.Errorf("the key %s+%08x of a log is given twice", k.Name(), k.KeyHash())
		}
		keys[k.Name()] = append(keys[k.Name()], k)
	}
	for _, origin := range slices.Sorted(maps.Keys(keys)) {
		keys := keys[origin]
		l := &watched{origin: origin, keys: note.VerifierList(keys...), head: notary.Checkpoint{Origin: origin, Root: (&notary.Tree{}).Root()}}
		w.logs[origin] = l
		if l.signed, err = dir.head(origin); err != nil {
			return nil, err
		}
		if err := w.load(l, keys); err != nil {
			return nil, fmt.Errorf("%w: %s: %w", ErrState, dir.headPath(origin), err)
		}
	}
	return w, nil
}

// load reads what was cosigned. Its own cosignature is the seal on the text, and no other byte may differ from what was written either.
func (w *Witness) load(l *watched, keys []note.Verifier) error {
	if l.signed == nil {
		return nil
	}
	n, err := note.Open(l.signed, note.VerifierList(append(slices.Clone(keys), note.Verifier(w.key.Public()))...))
	if err != nil {
		return err
	}
	if len(n.UnverifiedSigs) > 0 {
		return fmt.Errorf("it is signed by %s+%08x, a key that is not given; of a log that has a new key give both, until a head with the new one is cosigned",
			n.UnverifiedSigs[0].Name, n.UnverifiedSigs[0].Hash)
	}
	own := slices.IndexFunc(n.Sigs, func(s note.Signature) bool { return s.Name == w.Name() && s.Hash == w.key.Public().KeyHash() })
	if own < 0 {
		return errors.New("it is not cosigned by the key of this witness")
	}
	if again, err := note.Sign(&note.Note{Text: n.Text, Sigs: n.Sigs}); err != nil || !bytes.Equal(again, l.signed) || !strictBase64(n.Sigs) {
		return errors.New("it is not in the form in which it was written")
	}
	if l.at, err = notary.CosignatureTime(n.Sigs[own]); err != nil {
		return err
	}
	if l.head, err = notary.ParseCheckpoint(n.Text); err == nil && l.head.Origin != l.origin {
		err = fmt.Errorf("it is of the log %q", l.head.Origin)
	}
	return err
}

// strictBase64 tells whether signatures are in the one base64 that their bytes have.
func strictBase64(sigs []note.Signature) bool {
	return !slices.ContainsFunc(sigs, func(s note.Signature) bool {
		raw, err := base64.StdEncoding.DecodeString(s.Base64)
		return err != nil || base64.StdEncoding.EncodeToString(raw) != s.Base64
	})
}

// Name is the name in the witness's cosignatures.
func (w *Witness) Name() string { return w.key.Public().Name() }

// Key is the public key of the witness.
func (w *Witness) Key() *notary.WitnessKey { return w.key.Public() }

// Add cosigns a checkpoint and gives the line of the cosignature, with its line end, if the checkpoint is signed by its log and shown to continue the one that
// was cosigned before. The errors are those above; others are failures of the disk or of the clock, and nothing is cosigned then either.
func (w *Witness) Add(r Request) ([]byte, error) {
	origin, _, _ := bytes.Cut(r.Checkpoint, []byte("\n"))
	l, ok := w.logs[string(origin)]
	if !ok {
		return nil, ErrUnknownLog
	}
	n, err := note.Open(r.Checkpoint, l.keys)
	var unverified *note.UnverifiedNoteError
	var invalid *note.InvalidSignatureError
	switch {
	case errors.As(err, &unverified), errors.As(err, &invalid):
		return nil, ErrUnsigned
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	case !strictBase64(n.Sigs):
		return nil, fmt.Errorf("%w: the signature is not in strict base64", ErrMalformed)
	}
	c, err := notary.ParseCheckpoint(n.Text)
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: %w", ErrMalformed, err)
	case r.Old < 0 || r.Old > c.Size:
		return nil, fmt.Errorf("%w: the old size %d is larger than that of the checkpoint, %d", ErrMalformed, r.Old, c.Size)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.broken != nil:
		return nil, l.broken
	case r.Old != l.head.Size:
		return nil, &ConflictError{l.head.Size}
	case c.Size == l.head.Size && c.Root != l.head.Root && l.signed != nil:
		return nil, fmt.Errorf("%w: %w", ErrInconsistent, w.dir.keepEvidence(c, l.signed, r.Checkpoint))
	case notary.CheckConsistency(r.Proof, c.Size, c.Root, l.head.Size, l.head.Root) != nil:
		return nil, ErrInconsistent
	}
	return w.cosign(l, c, n)
}

// cosign signs, stores, and only then gives the cosignature. l is locked.
func (w *Witness) cosign(l *watched, c notary.Checkpoint, n *note.Note) ([]byte, error) {
	at := max(w.now().Unix(), l.at) // a clock that was set back does not date a later head before an earlier one
	if before, cosignature := split(l.signed); string(before) == n.Text && at == l.at {
		return last(cosignature), nil // asked twice in one second: the answer that was given, without another write
	}
	signed, err := note.Sign(&note.Note{Text: n.Text, Sigs: n.Sigs}, w.key.At(at))
	if err != nil {
		return nil, err
	}
	if err := w.dir.save(l.origin, signed); err != nil {
		if errors.Is(err, errUncertain) {
			l.broken = err // until it is read again, at the next start
		}
		return nil, err
	}
	if w.stored != nil {
		w.stored()
	}
	l.head, l.signed, l.at = c, signed, at
	_, cosignature := split(signed)
	return last(cosignature), nil
}

// Watching is what a witness knows of a log.
type Watching struct {
	Origin string
	Size   int64
	Time   int64  // when that was cosigned, in unix seconds; 0 for never
	Signed []byte // the checkpoint, cosigned; nil for none
}

// Logs tells of every log, in the order of their origins.
func (w *Witness) Logs() []Watching {
	var all []Watching
	for _, origin := range slices.Sorted(maps.Keys(w.logs)) {
		l := w.logs[origin]
		l.mu.Lock()
		all = append(all, Watching{l.origin, l.head.Size, l.at, l.signed})
		l.mu.Unlock()
	}
	return all
}

// split parts a signed note into its text and the lines of its signatures.
func split(signed []byte) (text, signatures []byte) {
	at := bytes.LastIndex(signed, []byte("\n\n"))
	if at < 0 {
		return nil, nil
	}
	return signed[:at+1], signed[at+2:]
}

// last is the last of some lines. note.Sign puts the newest signature there.
func last(lines []byte) []byte {
	return bytes.Clone(lines[bytes.LastIndexByte(bytes.TrimSuffix(lines, []byte("\n")), '\n')+1:])
}
