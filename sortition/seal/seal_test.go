package seal

import (
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand"
	"os"
	"slices"
	"testing"

	"daybook.internal/sortition/lottery"
	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// vectors were made by a program in another language (Python with hashlib, hmac and struct) from the comments beside the forms, not from this code.
type vectors struct {
	AddressKey Hash     `json:"addressKey"`
	Categories []string `json:"categories"`
	People     []struct {
		Pseudonym string   `json:"pseudonym"`
		Salt      Hash     `json:"salt"`
		Values    []string `json:"values"`
		Lives     string   `json:"lives"`
		Address   Hash     `json:"address"`
		Leaf      Hash     `json:"leaf"`
		Tickets   int      `json:"tickets"`
	} `json:"people"`
	PoolRoot     Hash   `json:"poolRoot"`
	PoolText     string `json:"poolText"`
	PoolDigest   Hash   `json:"poolDigest"`
	QuotasText   string `json:"quotasText"`
	QuotasDigest Hash   `json:"quotasDigest"`
	PanelsText   string `json:"panelsText"`
	PanelsDigest Hash   `json:"panelsDigest"`
	TicketsRoot  Hash   `json:"ticketsRoot"`
	Randomness   Hash   `json:"randomness"`
	Seed         Hash   `json:"seed"`
}

func vector(t testing.TB) (vectors, Pool) {
	t.Helper()
	b, err := os.ReadFile("testdata/vectors.json")
	require.NoError(t, err)
	var v vectors
	require.NoError(t, json.Unmarshal(b, &v))
	pool := Pool{Categories: v.Categories}
	for _, p := range v.People {
		pool.People = append(pool.People, Person{p.Pseudonym, p.Salt, p.Values, AddressHash(v.AddressKey, p.Lives)})
	}
	require.NoError(t, pool.Check())
	return v, pool
}

func TestVectors(t *testing.T) {
	t.Parallel()
	v, pool := vector(t)
	counts := Counts{Panels: 3}
	for i, p := range v.People {
		require.Equal(t, p.Address, pool.People[i].Address)
		require.Equal(t, p.Leaf, pool.Leaf(i))
		counts.List = append(counts.List, Count{p.Pseudonym, p.Tickets})
	}
	require.Equal(t, v.PoolRoot, pool.Root())
	require.Equal(t, v.PoolText, string(pool.Text()))
	require.Equal(t, v.PoolDigest, Digest(pool.Text()))
	require.Equal(t, v.TicketsRoot, counts.Root())

	quotas, err := ReadQuotas([]byte(v.QuotasText))
	require.NoError(t, err)
	require.Equal(t, 3, quotas.Size)
	require.Equal(t, lottery.Quota{Category: "age", Value: "30+", Min: 1, Max: 3}, quotas.Quotas[3])
	require.Equal(t, lottery.Quota{Category: "age", Value: "16-29", Min: 0, Max: 1 << 20}, quotas.Widest[2])
	require.Equal(t, v.QuotasDigest, Digest(quotas.Text()))
	require.Equal(t, v.Seed, Seed(pool.Root(), Digest(quotas.Text()), v.Randomness))

	panels, err := ReadPanels([]byte(v.PanelsText))
	require.NoError(t, err)
	require.Equal(t, v.PanelsDigest, Digest(panels.Text()))
	indices, err := panels.Index(pool.Instance(quotas))
	require.NoError(t, err)
	require.Equal(t, [][]int{{0, 2, 3}, {1, 2, 4}, {2, 3, 4}}, indices)
	tickets, err := lottery.Count(pool.Instance(quotas), indices)
	require.NoError(t, err)
	for i, p := range v.People {
		require.Equal(t, p.Tickets, tickets[i])
	}
	require.Equal(t, panels.Text(), NamePanels(pool.Instance(quotas), indices).Text())

	again, err := ReadPool([]byte(v.PoolText))
	require.NoError(t, err)
	require.Equal(t, v.PoolRoot, again.Root(), "the order of the people does not matter")
}

// TestSealBinds: whatever is changed about anybody gives another root.
func TestSealBinds(t *testing.T) {
	t.Parallel()
	_, pool := vector(t)
	root := pool.Root()
	shuffled := Pool{pool.Categories, slices.Clone(pool.People)}
	rand.New(rand.NewSource(3)).Shuffle(5, func(i, j int) { shuffled.People[i], shuffled.People[j] = shuffled.People[j], shuffled.People[i] })
	require.Equal(t, root, shuffled.Root())
	for name, change := range map[string]func(p *Pool){
		"a value":          func(p *Pool) { p.People[0].Values = []string{"male", "16-29"} },
		"values exchanged": func(p *Pool) { p.People[0].Values = []string{"16-29", "female"} },
		"a category":       func(p *Pool) { p.Categories = []string{"sex", "age"} },
		"text moved": func(p *Pool) {
			p.Categories = []string{"genderf", "age"}
			p.People[0].Values = []string{"emale", "16-29"}
		},
		"a pseudonym":        func(p *Pool) { p.People[0].Pseudonym += "x" },
		"a salt":             func(p *Pool) { p.People[0].Salt[31]++ },
		"an address":         func(p *Pool) { p.People[0].Address = Hash{} },
		"somebody less":      func(p *Pool) { p.People = p.People[1:] },
		"somebody twice":     func(p *Pool) { p.People = append(p.People, p.People[0]) },
		"a category's order": nil,
	} {
		other := Pool{slices.Clone(pool.Categories), slices.Clone(pool.People)}
		if change == nil { // the same said in another order is the same
			other.Categories = []string{"age", "gender"}
			for i, p := range other.People {
				other.People[i].Values = []string{p.Values[1], p.Values[0]}
			}
			require.Equal(t, root, other.Root(), name)
			continue
		}
		change(&other)
		require.NotEqual(t, root, other.Root(), name)
	}
}

func TestCheck(t *testing.T) {
	t.Parallel()
	_, good := vector(t)
	for name, change := range map[string]func(p *Pool){
		"a pseudonym twice": func(p *Pool) { p.People[1].Pseudonym = p.People[0].Pseudonym },
		"no pseudonym":      func(p *Pool) { p.People[1].Pseudonym = "" },
		"no salt":           func(p *Pool) { p.People[1].Salt = Hash{} },
		"a salt twice":      func(p *Pool) { p.People[1].Salt = p.People[0].Salt },
		"a value too few":   func(p *Pool) { p.People[1].Values = []string{"x"} },
		"a category twice":  func(p *Pool) { p.Categories = []string{"age", "age"} },
		"no name":           func(p *Pool) { p.Categories = []string{"", "age"} },
	} {
		pool := Pool{slices.Clone(good.Categories), slices.Clone(good.People)}
		change(&pool)
		require.ErrorIs(t, pool.Check(), ErrPool, name)
	}
	require.Equal(t, Hash(sha256.Sum256(nil)), Pool{}.Root())
}

func TestReceipts(t *testing.T) {
	t.Parallel()
	_, pool := vector(t)
	root := pool.Root()
	for i, r := range pool.Receipts() {
		b, err := json.Marshal(r)
		require.NoError(t, err)
		kept, err := ReadReceipt(b)
		require.NoError(t, err)
		require.Equal(t, r, kept)
		require.NoError(t, kept.Check(root, 5))
		require.Equal(t, pool.People[i].Pseudonym, kept.Pseudonym)

		require.ErrorIs(t, kept.Check(root, 6), ErrReceipt)
		require.ErrorIs(t, kept.Check(Hash{}, 5), ErrReceipt)
		kept.Values["gender"] = "other"
		require.ErrorIs(t, kept.Check(root, 5), ErrReceipt)
		kept, _ = ReadReceipt(b)
		kept.Salt[0]++
		require.ErrorIs(t, kept.Check(root, 5), ErrReceipt)
		kept.Index, kept.Path = 0, []Hash{root}
		require.ErrorIs(t, kept.Check(root, 5), ErrReceipt)
	}
	for _, bad := range []string{"", "{}{}", `{"extra":1}`, `{"salt":"AA"}`, `{"salt":"` + root.String()[:63] + `G"}`} {
		_, err := ReadReceipt([]byte(bad))
		require.ErrorIs(t, err, ErrReceipt, bad)
	}
	require.ErrorIs(t, Receipt{}.Check(root, 5), ErrReceipt)
}

// TestAmongLeaves: who has the leaves of all makes the same receipts with nothing else of the others.
func TestAmongLeaves(t *testing.T) {
	t.Parallel()
	v, pool := vector(t)
	leaves := pool.Leaves()
	require.Equal(t, pool.Root(), NewTree(leaves).Root())
	counts := Counts{Panels: 3}
	for i, want := range pool.Receipts() {
		alone := Pool{pool.Categories, pool.People[i : i+1]}
		r, err := alone.ReceiptAmong(leaves, 0)
		require.NoError(t, err)
		require.Equal(t, want, r)
		alone.People = []Person{alone.People[0]}
		alone.People[0].Salt[0]++
		_, err = alone.ReceiptAmong(leaves, 0)
		require.ErrorIs(t, err, ErrReceipt)
		counts.List = append(counts.List, Count{v.People[i].Pseudonym, v.People[i].Tickets})
	}
	all := counts.Leaves()
	require.Equal(t, v.TicketsRoot, NewTree(all).Root())
	for i, want := range counts.Tickets() {
		ticket, err := TicketAmong(all, counts.List[i], 3)
		require.NoError(t, err)
		require.Equal(t, want, ticket)
		_, err = TicketAmong(all, Count{want.Pseudonym, want.Tickets + 1}, 3)
		require.ErrorIs(t, err, ErrReceipt)
	}
}

func TestTickets(t *testing.T) {
	t.Parallel()
	counts := Counts{1000, []Count{{"b", 46}, {"a", 0}, {"c", 1}, {"d", 1000}}}
	root := counts.Root()
	said := []string{"46 tickets in 1,000", "0 tickets in 1,000", "1 ticket in 1,000", "1,000 tickets in 1,000"}
	for i, ticket := range counts.Tickets() {
		require.Equal(t, said[i], ticket.String())
		b, err := json.Marshal(ticket)
		require.NoError(t, err)
		kept, err := ReadTicket(b)
		require.NoError(t, err)
		require.Equal(t, counts.List[i], Count{kept.Pseudonym, kept.Tickets})
		require.NoError(t, kept.Check(root, 4))
		for _, wrong := range []Ticket{
			{kept.Pseudonym, kept.Tickets + 1, 1000, kept.Index, 4, kept.Path}, {kept.Pseudonym, kept.Tickets, 999, kept.Index, 4, kept.Path},
			{"x", kept.Tickets, 1000, kept.Index, 4, kept.Path}, {kept.Pseudonym, kept.Tickets, 1000, 3 - kept.Index, 4, kept.Path},
		} {
			require.ErrorIs(t, wrong.Check(root, 4), ErrReceipt)
		}
	}
	require.Equal(t, "1,234,567", thousands(1234567))
	require.Equal(t, "-100", thousands(-100))
}

// TestTree compares the tree and its paths with the plainest reading of RFC 9162 2.1.1, which is recursive.
func TestTree(t *testing.T) {
	t.Parallel()
	var root func(leaves []Hash) Hash
	root = func(leaves []Hash) Hash {
		switch len(leaves) {
		case 0:
			return sha256.Sum256(nil)
		case 1:
			return leaves[0]
		}
		k := 1
		for 2*k < len(leaves) {
			k *= 2
		}
		return node(root(leaves[:k]), root(leaves[k:]))
	}
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 70).Draw(t, "size")
		leaves := make([]Hash, n)
		for i := range leaves {
			leaves[i] = sha256.Sum256(fmt.Append(nil, i))
		}
		tree := NewTree(leaves)
		require.Equal(t, root(leaves), tree.Root())
		for i := range leaves {
			path := tree.Path(i)
			require.True(t, Leads(leaves[i], i, n, path, tree.Root()))
			require.False(t, Leads(leaves[i], (i+1)%n, n, path, tree.Root()) && n > 1)
			require.False(t, Leads(leaves[i], i, n, append(slices.Clone(path), Hash{}), tree.Root()))
			if len(path) > 0 {
				require.False(t, Leads(leaves[i], i, n, path[1:], tree.Root()))
			}
		}
		require.False(t, Leads(Hash{}, n, n, nil, tree.Root()))
		require.False(t, Leads(Hash{}, -1, n, nil, tree.Root()))
	})
}

// TestAddressesHashed: who checks a lottery over the sealed pool, where addresses are hashes, comes to the panels that were made over the addresses themselves.
func TestAddressesHashed(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		quotas := Quotas{Size: 3, Quotas: []lottery.Quota{{Category: "g", Value: "f", Min: 1, Max: 2}, {Category: "g", Value: "m", Min: 1, Max: 2}}}
		pool, plain := Pool{Categories: []string{"g"}}, lottery.Instance{Size: 3, Quotas: quotas.Quotas}
		key := Hash(sha256.Sum256([]byte(rapid.String().Draw(t, "key"))))
		for i := range 12 {
			lives := rapid.SampledFrom([]string{"", "", "x", "y", "z"}).Draw(t, "address")
			p := lottery.Person{ID: fmt.Sprint("p", i), Values: []string{[]string{"f", "m"}[i%2]}, Address: lives}
			plain.People = append(plain.People, p)
			pool.People = append(pool.People, Person{p.ID, sha256.Sum256(fmt.Append(nil, i)), p.Values, AddressHash(key, lives)})
		}
		options := lottery.Options{Panels: 20, Seed: sha256.Sum256([]byte("seed"))}
		a, err := lottery.Build(plain, options, nil)
		if errors.Is(err, lottery.ErrInfeasible) {
			return
		}
		require.NoError(t, err)
		sealed := pool.Instance(quotas)
		slices.Reverse(sealed.People)
		b, err := lottery.Build(sealed, options, nil)
		require.NoError(t, err)
		require.Equal(t, lottery.Digest(plain, a.Panels), lottery.Digest(sealed, b.Panels))
	})
}
