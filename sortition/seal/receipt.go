package seal

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
)

// ErrReceipt says that a receipt shows nothing: it does not lead to the root, or is no receipt.
var ErrReceipt = errors.New("the receipt does not hold")

// A Receipt shows to one person, who keeps it, that they were in a pool and with which values. It is JSON of these members.
type Receipt struct {
	Pseudonym string            `json:"pseudonym"`
	Values    map[string]string `json:"values"` // by category
	Salt      Hash              `json:"salt"`
	Address   *Hash             `json:"address,omitempty"` // absent: shares an address with nobody
	Index     int               `json:"index"`             // of the leaf, from 0
	Size      int               `json:"size"`              // people in the pool
	Path      []Hash            `json:"path"`              // from the leaf up
}

// Receipts gives a receipt for everybody in the pool, in the order of the people.
func (p Pool) Receipts() []Receipt {
	t, leaves := p.tree()
	receipts := make([]Receipt, len(p.People))
	for i, leaf := range leaves {
		at, _ := Among(t.levels[0], leaf)
		receipts[i] = p.receipt(t, i, at)
	}
	return receipts
}

// receipt of person i, whose leaf is at some place of the tree.
func (p Pool) receipt(t Tree, i, at int) Receipt {
	who := p.People[i]
	r := Receipt{Pseudonym: who.Pseudonym, Values: make(map[string]string, len(p.Categories)), Salt: who.Salt, Index: at, Size: t.Size(), Path: t.Path(at)}
	for c, name := range p.Categories {
		r.Values[name] = who.Values[c]
	}
	if who.Address != (Hash{}) {
		r.Address = &who.Address
	}
	return r
}

// Leaves are what stands for the people of the pool in the tree, in its order. They are what others need for their receipts when somebody's salt and values are gone:
// a leaf has 256 random bits in it, so that without the salt no guess at the person can be tried out, and it tells of nobody any more.
func (p Pool) Leaves() []Hash {
	t, _ := p.tree()
	return t.levels[0]
}

// Among finds a leaf among those of a pool.
func Among(leaves []Hash, leaf Hash) (at int, is bool) {
	return slices.BinarySearchFunc(leaves, leaf, compare)
}

// ReceiptAmong gives the receipt of person i of a pool of which there may be nothing else but the leaves. ErrReceipt: the person is not among them.
func (p Pool) ReceiptAmong(leaves []Hash, i int) (Receipt, error) {
	at, is := Among(leaves, p.Leaf(i))
	if !is {
		return Receipt{}, fmt.Errorf("%w: %q with these values and this salt is not in the pool", ErrReceipt, p.People[i].Pseudonym)
	}
	return p.receipt(NewTree(leaves), i, at), nil
}

// Check tells whether a person stood in the pool with this root and size, with these values.
func (r Receipt) Check(root Hash, size int) error {
	one := Pool{Categories: slices.Sorted(maps.Keys(r.Values)), People: []Person{{Pseudonym: r.Pseudonym, Salt: r.Salt}}}
	for _, c := range one.Categories {
		one.People[0].Values = append(one.People[0].Values, r.Values[c])
	}
	if r.Address != nil {
		one.People[0].Address = *r.Address
	}
	if r.Size != size || !Leads(one.Leaf(0), r.Index, r.Size, r.Path, root) {
		return fmt.Errorf("%w: %q with these values is not in the pool of %d people with root %s", ErrReceipt, r.Pseudonym, size, root)
	}
	return nil
}

// A Count is the tickets of one person: on how many panels of a lottery they are.
type Count struct {
	Pseudonym string
	Tickets   int
}

// Counts are the tickets of everybody in a pool, of those who have none too. Panels is how many there are.
type Counts struct {
	Panels int
	List   []Count
}

// A Ticket shows to anybody what the chance of one person was. It is JSON of these members.
type Ticket struct {
	Pseudonym string `json:"pseudonym"`
	Tickets   int    `json:"tickets"`
	Panels    int    `json:"panels"`
	Index     int    `json:"index"` // of the leaf, from 0
	Size      int    `json:"size"`  // people in the pool
	Path      []Hash `json:"path"`  // from the leaf up
}

// leaf of a count:
//
//	SHA-256(0x00 ‖ "daybook-tickets/1" ‖ 0x00 ‖ text(pseudonym) ‖ be64(tickets) ‖ be64(panels))
//
// It has no salt: the panels are published, and anybody can count.
func (c Counts) leaf(i int) Hash { return ticketLeaf(c.List[i].Pseudonym, c.List[i].Tickets, c.Panels) }

func ticketLeaf(pseudonym string, tickets, panels int) Hash {
	b := appendText([]byte("\x00daybook-tickets/1\x00"), pseudonym)
	b = binary.BigEndian.AppendUint64(b, uint64(tickets))
	return sha256.Sum256(binary.BigEndian.AppendUint64(b, uint64(panels)))
}

// tree of the counts, in ascending order of the pseudonyms' bytes; order gives the index in List of each leaf.
func (c Counts) tree() (t Tree, order []int) {
	order = make([]int, len(c.List))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(c.List[a].Pseudonym, c.List[b].Pseudonym) })
	leaves := make([]Hash, len(order))
	for at, i := range order {
		leaves[at] = c.leaf(i)
	}
	return NewTree(leaves), order
}

// Root commits to the counts. Their order does not matter.
func (c Counts) Root() Hash {
	t, _ := c.tree()
	return t.Root()
}

// Tickets gives everybody's ticket, in the order of List.
func (c Counts) Tickets() []Ticket {
	t, order := c.tree()
	tickets := make([]Ticket, len(order))
	for at, i := range order {
		tickets[i] = Ticket{c.List[i].Pseudonym, c.List[i].Tickets, c.Panels, at, len(order), t.Path(at)}
	}
	return tickets
}

// Leaves of the counts, in the order of their tree. They hold nothing that the panels do not publish, and whose they are is seen only by who knows the pseudonym.
func (c Counts) Leaves() []Hash {
	t, _ := c.tree()
	return t.levels[0]
}

// TicketAmong gives the ticket of a person when of the other counts there may be nothing else but the leaves. ErrReceipt: the count is not among them.
func TicketAmong(leaves []Hash, one Count, panels int) (Ticket, error) {
	at := slices.Index(leaves, ticketLeaf(one.Pseudonym, one.Tickets, panels))
	if at < 0 {
		return Ticket{}, fmt.Errorf("%w: %d tickets in %d of %q are not among the counts", ErrReceipt, one.Tickets, panels, one.Pseudonym)
	}
	return Ticket{one.Pseudonym, one.Tickets, panels, at, len(leaves), NewTree(leaves).Path(at)}, nil
}

// Check tells whether these are the tickets of the person in the counts with this root and size.
func (t Ticket) Check(root Hash, size int) error {
	if t.Tickets < 0 || t.Tickets > t.Panels || t.Size != size || !Leads(ticketLeaf(t.Pseudonym, t.Tickets, t.Panels), t.Index, t.Size, t.Path, root) {
		return fmt.Errorf("%w: %q with %s is not among the counts of %d people with root %s", ErrReceipt, t.Pseudonym, t, size, root)
	}
	return nil
}

// String says a chance as people say it: "46 tickets in 1,000".
func (t Ticket) String() string {
	noun := "tickets"
	if t.Tickets == 1 {
		noun = "ticket"
	}
	return fmt.Sprintf("%s %s in %s", thousands(t.Tickets), noun, thousands(t.Panels))
}

func thousands(n int) string {
	s := strconv.Itoa(n)
	for at := len(s) - 3; at > 0 && s[at-1] != '-'; at -= 3 {
		s = s[:at] + "," + s[at:]
	}
	return s
}

// MostBytes is how long the file of a receipt or a ticket may be.
const MostBytes = 64 << 10

// ReadReceipt reads the file of a receipt. ErrReceipt: it is none. Whether it holds only Check tells.
func ReadReceipt(b []byte) (Receipt, error) {
	var r Receipt
	err := strict(b, &r)
	return r, err
}

// ReadTicket reads the file of a ticket, as ReadReceipt does.
func ReadTicket(b []byte) (Ticket, error) {
	var t Ticket
	err := strict(b, &t)
	return t, err
}

func strict(b []byte, into any) error {
	if len(b) > MostBytes {
		return fmt.Errorf("%w: it has more than %d bytes", ErrReceipt, MostBytes)
	}
	d := json.NewDecoder(bytes.NewReader(b))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return fmt.Errorf("%w: %v", ErrReceipt, err)
	}
	if _, err := d.Token(); err != io.EOF {
		return fmt.Errorf("%w: something follows it", ErrReceipt)
	}
	return nil
}
