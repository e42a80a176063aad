package follow

import (
	"net"
	"net/http"
	"net/netip"
	"sync"
)

// Limits are how many clients may listen at a time.
type Limits struct {
	InAll      int // 0 is 8192
	PerAddress int // 0 is 256: many people may share one address. This machine's own, where a proxy may be, counts in all only
}

const (
	defaultInAll      = 8192
	defaultPerAddress = 256
)

// seats are those of the clients.
type seats struct {
	Limits

	mu  sync.Mutex
	all int
	of  map[string]int
}

func newSeats(l Limits) *seats {
	if l.InAll <= 0 {
		l.InAll = defaultInAll
	}
	if l.PerAddress <= 0 {
		l.PerAddress = defaultPerAddress
	}
	return &seats{Limits: l, of: map[string]int{}}
}

var (
	errFull    = &Refusal{http.StatusServiceUnavailable, "too-many-streams", "as many clients follow this server as it can serve; try again later"}
	errTooMany = &Refusal{http.StatusTooManyRequests, "too-many-streams", "as many streams are open from your address as one may have; close some"}
)

// thisMachine is the network of loopback addresses.
const thisMachine = ""

// take gives a client a seat, which it leaves by calling stand. address says who it is; nil: whoever connects.
func (s *seats) take(r *http.Request, address func(*http.Request) string) (stand func(), err error) {
	from := ""
	if address != nil {
		from = address(r)
	}
	if from == "" {
		from = r.RemoteAddr
	}
	from = network(from)
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.all >= s.InAll:
		return nil, errFull
	case from != thisMachine && s.of[from] >= s.PerAddress:
		return nil, errTooMany
	}
	s.all++
	s.of[from]++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.all--
		if s.of[from]--; s.of[from] == 0 {
			delete(s.of, from)
		}
	}, nil
}

func (s *seats) taken() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all
}

// network is whom an address belongs to: with IPv6, the /64 that one household or one host has for itself.
func network(address string) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		host = address
	}
	a, err := netip.ParseAddr(host)
	if err != nil {
		return host
	}
	a = a.Unmap().WithZone("")
	if a.IsLoopback() {
		return thisMachine
	}
	if a.Is6() {
		p, _ := a.Prefix(64)
		return p.String()
	}
	return a.String()
}
