package bearer

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"

	"daybook.internal/access"
	"daybook.internal/domain"
)

// Limits of what is asked of a provider.
const (
	fetchPatience = 5 * time.Second
	maxFetched    = 1 << 20
	fetchEvery    = 10 * time.Second // at most: tokens that name unknown keys must not make us a nuisance to the provider
)

// provider verifies the tokens of an OpenID provider.
type provider struct {
	policy Policy
	secret []byte // of pseudonyms
	reader reader
}

// NewProvider verifies tokens by a policy. Nothing is fetched before the first token comes; the provider's keys are kept, and fetched anew where a token names another one. secret
// makes the pseudonyms of people: who does not know it cannot find out who one stands for, and another secret gives other pseudonyms.
func NewProvider(p Policy, secret []byte, now func() time.Time) Verifier {
	v := &provider{policy: p, secret: secret}
	v.reader = reader{
		issuer: p.Issuer, audience: p.Audience, skew: time.Duration(p.Skew), maxAge: time.Duration(p.MaxAge), now: now, algorithms: algorithms,
		keys: &remoteKeys{policy: p, client: fetcher(now)},
	}
	return v
}

// Verify reads a token of the provider.
func (v *provider) Verify(ctx context.Context, credential string) (access.Principal, error) {
	c, err := v.reader.read(ctx, credential)
	if err != nil {
		return access.Principal{}, err
	}
	person, _ := c.at(v.policy.Person).(string)
	if person == "" {
		return access.Principal{}, &Refusal{"it names no person"}
	}
	subject := person
	if !v.policy.Verbatim {
		subject = Pseudonym(v.secret, v.policy.Issuer, person)
	} else if (domain.Actor{Role: domain.Auditor, Principal: person}).Check() != nil {
		return access.Principal{}, &Refusal{"it names no person"}
	}
	return access.Principal{Subject: subject, Grants: v.policy.grants(c)}, nil
}

// Pseudonym is how a person of an issuer stands in the record: "u_" and the first 32 hexadecimal digits of HMAC-SHA-256(secret, issuer ‖ 0 ‖ person).
func Pseudonym(secret []byte, issuer, person string) string {
	h := hmac.New(sha256.New, secret)
	h.Write([]byte(issuer + "\x00" + person))
	return "u_" + hex.EncodeToString(h.Sum(nil))[:32]
}

// remoteKeys are the keys of a provider, found when they are first needed.
type remoteKeys struct {
	policy Policy
	client *http.Client
	mu     sync.Mutex
	found  oidc.KeySet
}

func (r *remoteKeys) verify(ctx context.Context, _, token string) ([]byte, error) {
	keys, err := r.keys(ctx)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrAway, err)
	}
	payload, err := keys.VerifySignature(ctx, token)
	var away *awayError
	if errors.As(err, &away) {
		return nil, fmt.Errorf("%w: %w", ErrAway, err)
	}
	return payload, err
}

// keys finds the address of the keys once. Discovery checks that the provider calls itself what the policy calls it.
func (r *remoteKeys) keys(ctx context.Context) (oidc.KeySet, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.found != nil {
		return r.found, nil
	}
	fetching := oidc.ClientContext(context.WithoutCancel(ctx), r.client)
	if r.policy.JWKS != "" {
		r.found = oidc.NewRemoteKeySet(fetching, r.policy.JWKS)
		return r.found, nil
	}
	p, err := oidc.NewProvider(fetching, r.policy.Issuer)
	if err != nil {
		return nil, err
	}
	var at struct {
		JWKS string `json:"jwks_uri"`
	}
	if err := p.Claims(&at); err != nil {
		return nil, err
	}
	if err := isSecure(at.JWKS); err != nil {
		return nil, fmt.Errorf("jwks_uri: %w", err)
	}
	r.found = oidc.NewRemoteKeySet(fetching, at.JWKS)
	return r.found, nil
}

// An awayError is a fetch that came to nothing.
type awayError struct{ err error }

func (a *awayError) Error() string { return a.err.Error() }
func (a *awayError) Unwrap() error { return a.err }

// fetcher fetches from a provider: in time, no more than is needed, without following it elsewhere, and each address once in a while.
func fetcher(now func() time.Time) *http.Client {
	return &http.Client{
		Timeout:       fetchPatience,
		Transport:     &seldom{next: http.DefaultTransport, now: now, answers: map[string]answer{}},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// seldom asks an address again only after fetchEvery, and gives the last answer until then.
type seldom struct {
	next    http.RoundTripper
	now     func() time.Time
	mu      sync.Mutex
	answers map[string]answer
}

type answer struct {
	at     time.Time
	status int
	header http.Header
	body   []byte
	err    error
}

// RoundTrip answers from memory or from the network.
func (s *seldom) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	a, known := s.answers[r.URL.String()]
	if !known || s.now().Sub(a.at) >= fetchEvery {
		a = s.fetch(r)
		s.answers[r.URL.String()] = a
	}
	if a.err != nil {
		return nil, a.err
	}
	return &http.Response{
		StatusCode: a.status, Status: http.StatusText(a.status), Header: a.header.Clone(), Body: io.NopCloser(bytes.NewReader(a.body)),
		ContentLength: int64(len(a.body)), Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Request: r,
	}, nil
}

func (s *seldom) fetch(r *http.Request) answer {
	a := answer{at: s.now()}
	response, err := s.next.RoundTrip(r)
	if err != nil {
		a.err = &awayError{err}
		return a
	}
	defer response.Body.Close()
	a.status, a.header = response.StatusCode, response.Header
	if a.body, err = io.ReadAll(io.LimitReader(response.Body, maxFetched+1)); err != nil {
		a.err = &awayError{err}
	}
	if len(a.body) > maxFetched || a.status != http.StatusOK {
		a.err = &awayError{fmt.Errorf("%s answered with status %d and %d bytes", r.URL.Host, a.status, len(a.body))}
	}
	return a
}
