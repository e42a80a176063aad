package notary

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/mod/sumdb/tlog"

	"daybook.internal/domain"
)

// A ViewProof shows what a committed view says about one key: its document, by Leaf; or that there is none, by the leaves Before and After the place where
// it would stand. The first of a view has none before it, the last none after it.
//
// It proves no more than the root that it names. Whether that root is the record's is for the record to say: Event is the Seq of the domain.ViewsCommitted
// that has it. And absence is proved among documents in the order of their keys: whoever folds the record and comes to the root has seen that order.
type ViewProof struct {
	Size    uint64        `json:"size"`  // of the ledger that the root is about
	Event   uint64        `json:"event"` // that commits to it
	View    string        `json:"view"`
	Version int           `json:"version"`
	Count   int           `json:"count"`
	Root    domain.Digest `json:"root"`
	Key     string        `json:"key"`
	Leaf    *ViewLeaf     `json:"leaf,omitempty"`
	Before  *ViewLeaf     `json:"before,omitempty"`
	After   *ViewLeaf     `json:"after,omitempty"`
}

// A ViewLeaf is a document, its place in the order of keys, and the audit path from there upwards (RFC 6962 2.1.1).
type ViewLeaf struct {
	Key      string          `json:"key"`
	Index    int             `json:"index"`
	At       uint64          `json:"at"`
	Document string          `json:"document"` // as a string: no program puts other white space into it
	Path     []domain.Digest `json:"path"`
}

// MaxViewProof is the most bytes of a proof that are read: three documents at most stand in it.
const MaxViewProof = 32 << 20

// ParseViewProof reads the JSON of a proof, and nothing that has other members or comes after it. What it says is for Check.
func ParseViewProof(data []byte) (ViewProof, error) {
	if len(data) > MaxViewProof {
		return ViewProof{}, fmt.Errorf("proof of a document: %w: it is longer than %d bytes", ErrForm, MaxViewProof)
	}
	var p ViewProof
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	err := d.Decode(&p)
	if err == nil {
		if _, err = d.Token(); err == io.EOF {
			return p, p.checkForm()
		}
		err = errors.New("more follows after it")
	}
	return ViewProof{}, fmt.Errorf("proof of a document: %w: %w", ErrForm, err)
}

// JSON is the proof as ParseViewProof reads it.
func (p ViewProof) JSON() ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(p)
	return b.Bytes(), err
}

func (p ViewProof) checkForm() error {
	bad := func(what string) error { return fmt.Errorf("proof of a document: %w: %s", ErrForm, what) }
	if p.Leaf != nil && (p.Before != nil || p.After != nil) {
		return bad("it has the document and its absence")
	}
	if p.Leaf == nil && p.Before == nil && p.After == nil && p.Count != 0 {
		return bad("it has neither the document nor a neighbour")
	}
	for _, l := range []*ViewLeaf{p.Leaf, p.Before, p.After} {
		if l != nil && (len(l.Path) > maxPath || l.Index < 0 || l.Index >= p.Count) {
			return bad("a leaf is not one of its tree")
		}
	}
	return nil
}

// Check holds the proof against a commitment that the reader trusts, because it stands in the record. It tells whether there is a document by the key; then
// Leaf has its bytes. An error is ErrForm or ErrProof.
func (p ViewProof) Check(committed domain.ViewsCommitted) (present bool, err error) {
	if err := p.checkForm(); err != nil {
		return false, err
	}
	bad := func(format string, args ...any) (bool, error) {
		return false, fmt.Errorf("proof of view %s, key %q: %w: %s", p.View, p.Key, ErrProof, fmt.Sprintf(format, args...))
	}
	i := slices.IndexFunc(committed.Views, func(r domain.ViewRoot) bool { return r.View == p.View })
	switch {
	case p.Size != committed.Size:
		return bad("it is about the first %d records, the commitment about %d", p.Size, committed.Size)
	case i < 0:
		return bad("the commitment says nothing of this view")
	case committed.Views[i] != domain.ViewRoot{View: p.View, Version: p.Version, Count: p.Count, Root: p.Root}:
		return bad("the commitment has another root of this view")
	case p.Leaf != nil && p.Leaf.Key != p.Key:
		return bad("the document is that of key %q", p.Leaf.Key)
	case p.Before != nil && p.Before.Key >= p.Key, p.After != nil && p.After.Key <= p.Key:
		return bad("the neighbours do not stand around the key")
	case p.Before != nil && p.After != nil && p.Before.Index+1 != p.After.Index,
		p.Before != nil && p.After == nil && p.Before.Index+1 != p.Count,
		p.Before == nil && p.After != nil && p.After.Index != 0:
		return bad("there is room for other documents between the neighbours")
	case p.Count == 0 && p.Root != domain.EmptyRoot:
		return bad("the root is not that of no documents")
	}
	for _, l := range []*ViewLeaf{p.Leaf, p.Before, p.After} {
		if l == nil {
			continue
		}
		if err := l.check(p); err != nil {
			return bad("key %q: %v", l.Key, err)
		}
	}
	return p.Leaf != nil, nil
}

func (l ViewLeaf) check(p ViewProof) error {
	path := make(tlog.RecordProof, len(l.Path))
	for i, h := range l.Path {
		path[i] = tlog.Hash(h)
	}
	hash, _ := LeafHash(nil, DocumentLeaf(p.View, p.Version, l.Key, l.At, []byte(l.Document)))
	return tlog.CheckRecord(path, int64(p.Count), tlog.Hash(p.Root), int64(l.Index), hash)
}

// A Document is one document of a view: its key, the number of records up to and with the last one that touched it, and its bytes.
type Document struct {
	Key  string
	At   uint64
	Data []byte
}

// ViewDocuments are all documents of one view at one place in the ledger, and their tree. It is safe for concurrent use.
type ViewDocuments struct {
	root domain.ViewRoot
	docs []Document // by key
	tree sortedTree
}

// NewViewDocuments takes over the documents, each key once, in any order.
func NewViewDocuments(view string, version int, docs []Document) *ViewDocuments {
	slices.SortFunc(docs, func(a, b Document) int { return strings.Compare(a.Key, b.Key) })
	v := &ViewDocuments{docs: docs}
	x := NewViewIndex()
	x.Add(view, version)
	for _, d := range docs {
		x.Set(view, d.Key, d.At, d.Data)
	}
	v.root = x.Roots()[0] // and with it, the tree is settled
	v.tree = x.views[0].sortedTree
	return v
}

// Root is the view's root.
func (v *ViewDocuments) Root() domain.ViewRoot { return v.root }

// Prove shows what there is by a key, or that there is nothing, as said by the commitment of Seq event about the first size records.
func (v *ViewDocuments) Prove(size, event uint64, key string) ViewProof {
	p := ViewProof{Size: size, Event: event, View: v.root.View, Version: v.root.Version, Count: v.root.Count, Root: v.root.Root, Key: key}
	i, ok := slices.BinarySearchFunc(v.docs, key, func(d Document, key string) int { return strings.Compare(d.Key, key) })
	switch {
	case ok:
		p.Leaf = v.leaf(i)
	default:
		p.Before, p.After = v.leaf(i-1), v.leaf(i)
	}
	return p
}

func (v *ViewDocuments) leaf(i int) *ViewLeaf {
	if i < 0 || i >= len(v.docs) {
		return nil
	}
	d := v.docs[i]
	return &ViewLeaf{Key: d.Key, Index: i, At: d.At, Document: string(d.Data), Path: v.tree.path(i)}
}

// Size is about how many bytes of memory the documents take.
func (v *ViewDocuments) Size() (n int) {
	for _, d := range v.docs {
		n += len(d.Key) + len(d.Data) + 2*tlog.HashSize + 64
	}
	return n
}
