package bearer

import (
	"context"
	"time"

	"daybook.internal/access"
)

// both sends a credential to who can tell about it.
type both struct {
	keys      Verifier
	builtin   Verifier // nil: our own tokens are not taken
	providers Verifier // nil: there is no provider
}

// New verifies API keys and tokens: those of a policy's provider, and those of 'daybook token' where there is no policy, or it says so.
func New(d Dir, p *Policy, now func() time.Time) (Verifier, error) {
	v := both{keys: &keyVerifier{dir: d, uses: uses{now: now, days: map[string]string{}}}}
	if p == nil || p.Builtin {
		v.builtin = NewBuiltin(d, now)
	}
	if p != nil {
		secret, err := d.PseudonymSecret()
		if err != nil {
			return nil, err
		}
		v.providers = NewProvider(*p, secret, now)
	}
	return v, nil
}

// Verify reads a credential. Which issuer a token names decides who reads it, and nothing else: that one then proves it.
func (v both) Verify(ctx context.Context, credential string) (access.Principal, error) {
	if IsAPIKey(credential) {
		return v.keys.Verify(ctx, credential)
	}
	h, err := open(credential)
	switch {
	case err != nil:
		return access.Principal{}, err
	case v.builtin != nil && h.issuer == BuiltinIssuer:
		return v.builtin.Verify(ctx, credential)
	case v.providers != nil:
		return v.providers.Verify(ctx, credential)
	}
	return access.Principal{}, &Refusal{"issuer"}
}
