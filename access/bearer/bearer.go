// Package bearer tells who somebody is: it reads tokens of an OpenID provider, tokens that this daybook has issued itself, and API keys. What they may do, package access says.
package bearer

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/coreos/go-oidc/v3/oidc"
	"github.com/go-jose/go-jose/v4"

	"daybook.internal/access"
)

// A Verifier tells who sends a credential: what stands behind "Bearer " in Authorization. The error is a *Refusal, ErrAway, or that of ctx.
type Verifier interface {
	Verify(ctx context.Context, credential string) (access.Principal, error)
}

// A Refusal is a credential that is worth nothing, and why. Reason is one of few fixed words, so that it can be counted; nothing of the credential stands in it.
type Refusal struct{ Reason string }

func (r *Refusal) Error() string { return "the token is refused: " + r.Reason }

// ErrAway says that the keys of the provider cannot be had for now: nobody can tell whether a token is good.
var ErrAway = errors.New("the keys of the OpenID provider cannot be had for now")

// MaxToken is the most bytes that a credential has.
const MaxToken = 8 << 10

// algorithms are those whose keys do not sign. There is no "none", and nothing whose key is the one to check with (RFC 8725 3.1, 3.2).
var algorithms = []string{oidc.RS256, oidc.RS384, oidc.RS512, oidc.PS256, oidc.PS384, oidc.PS512, oidc.ES256, oidc.ES384, oidc.ES512, oidc.EdDSA}

// A keySet checks the signature of a token and gives its payload. kid is that of its header.
type keySet interface {
	verify(ctx context.Context, kid, token string) ([]byte, error)
}

// reader reads the tokens of one issuer.
type reader struct {
	issuer, audience string
	skew             time.Duration
	maxAge           time.Duration // since it was issued; 0: as long as it says
	now              func() time.Time
	keys             keySet
	algorithms       []string
}

// read checks a token and gives its claims (RFC 7519, RFC 8725): signed by a key of the issuer, for us, and good now.
func (r *reader) read(ctx context.Context, token string) (claims, error) {
	header, err := open(token)
	if err != nil {
		return nil, err
	}
	through := &signatures{keys: r.keys, kid: header.kid}
	v := oidc.NewVerifier(r.issuer, through, &oidc.Config{
		SkipIssuerCheck: true, SkipClientIDCheck: true, SkipExpiryCheck: true, // below, with our skew and our words
		SupportedSigningAlgs: r.algorithms,
	})
	if _, err := v.Verify(ctx, token); err != nil {
		switch {
		case ctx.Err() != nil:
			return nil, ctx.Err()
		case errors.Is(through.err, ErrAway):
			return nil, ErrAway
		case through.payload == nil && through.err == nil:
			return nil, &Refusal{"malformed, or by an algorithm that is not taken here"}
		case through.payload == nil:
			return nil, &Refusal{"signature"}
		}
		return nil, &Refusal{"malformed claims"}
	}
	c, err := readClaims(through.payload)
	if err != nil {
		return nil, err
	}
	return c, r.check(c)
}

// check looks at who a token is from, whom it is for, and when it is good.
func (r *reader) check(c claims) error {
	now, skew := r.now(), r.skew
	expires, hasExpiry, err := c.time("exp")
	if err != nil || !hasExpiry {
		return &Refusal{"no time of expiry"}
	}
	issued, hasIssued, err := c.time("iat")
	if err != nil || (!hasIssued && r.maxAge > 0) {
		return &Refusal{"no time of issue"}
	}
	from, hasStart, err := c.time("nbf")
	switch {
	case err != nil:
		return &Refusal{"malformed claims"}
	case c.text("iss") != r.issuer:
		return &Refusal{"issuer"}
	case !c.has("aud", r.audience):
		return &Refusal{"audience"}
	case !now.Before(expires.Add(skew)):
		return &Refusal{"expired"}
	case hasStart && now.Add(skew).Before(from):
		return &Refusal{"not yet valid"}
	case hasIssued && now.Add(skew).Before(issued):
		return &Refusal{"issued in the future"}
	case r.maxAge > 0 && now.After(issued.Add(r.maxAge).Add(skew)):
		return &Refusal{"too old"}
	}
	return nil
}

// signatures is a key set as go-oidc wants it, which remembers what it came to.
type signatures struct {
	keys    keySet
	kid     string
	payload []byte
	err     error
}

// VerifySignature is asked by go-oidc once the algorithm is known to be one of ours.
func (s *signatures) VerifySignature(ctx context.Context, token string) ([]byte, error) {
	s.payload, s.err = s.keys.verify(ctx, s.kid, token)
	return s.payload, s.err
}

// head is what matters of a token before it is believed.
type head struct{ kid, issuer string }

// open looks at the outside of a token. All that it says is still to be proved.
func open(token string) (head, error) {
	if len(token) > MaxToken {
		return head{}, &Refusal{"oversized"}
	}
	if strings.Count(token, ".") != 2 {
		return head{}, &Refusal{"malformed"}
	}
	parts := strings.Split(token, ".")
	header, err := readPart(parts[0])
	if err != nil {
		return head{}, err
	}
	for name := range header {
		switch name {
		case "alg", "kid", "typ", "cty":
		case "x5t", "x5t#S256": // some providers name their certificate; nothing is looked up by it
		default: // jwk, jku, x5u and x5c bring keys along, crit changes what a token means, b64 and zip its bytes
			return head{}, &Refusal{"a header with more than is needed"}
		}
	}
	if header.text("alg") == "" || header.text("kid") == "" {
		return head{}, &Refusal{"a header without algorithm or key id"}
	}
	switch typ := strings.ToLower(header.text("typ")); typ {
	case "", "jwt", "at+jwt", "application/at+jwt":
	default:
		return head{}, &Refusal{"not an access token"}
	}
	payload, err := readPart(parts[1])
	if err != nil {
		return head{}, err
	}
	if _, err := base64.RawURLEncoding.Strict().DecodeString(parts[2]); err != nil {
		return head{}, &Refusal{"malformed"} // one token has one form
	}
	return head{header.text("kid"), payload.text("iss")}, nil
}

// parse parses a token for a key set of our own.
func parse(token string, algs ...jose.SignatureAlgorithm) (*jose.JSONWebSignature, error) {
	jws, err := jose.ParseSignedCompact(token, algs)
	if err != nil {
		return nil, fmt.Errorf("malformed: %w", err)
	}
	return jws, nil
}
