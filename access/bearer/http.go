package bearer

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"daybook.internal/access"
)

// SecondHeader bears the token of a second person who consents to a command, as Authorization does that of the first: "Bearer …".
const SecondHeader = "Daybook-Second"

type principalKey struct{}

// From is who sends a request; ok is false where nobody has said so.
func From(ctx context.Context) (p access.Principal, ok bool) {
	p, ok = ctx.Value(principalKey{}).(access.Principal)
	return p, ok
}

// Put puts a principal into a context.
func Put(ctx context.Context, p access.Principal) context.Context {
	return context.WithValue(ctx, principalKey{}, p)
}

// Challenge is the WWW-Authenticate of an answer 401 (RFC 6750 3). reason is empty where there was no token at all.
func Challenge(reason string) string {
	const realm = `Bearer realm="daybook"`
	if reason == "" {
		return realm
	}
	return realm + `, error="invalid_token", error_description="` + reason + `"`
}

// Authenticate finds out who sends a request, and puts the principal into its context. A request without Authorization goes on without one; a credential that is worth nothing ends it, also
// where none was needed: who sends one means to be somebody. refused answers such a request, with the error of v, or a *Refusal.
func Authenticate(v Verifier, refused func(http.ResponseWriter, *http.Request, error)) func(http.Handler) http.Handler {
	return func(next http.Handler) http.Handler {
		return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			p, has, err := sender(r, v)
			if err != nil {
				refused(w, r, err)
				return
			}
			if has {
				w.Header().Add("Vary", "Authorization")
				r = r.WithContext(Put(r.Context(), p))
			}
			next.ServeHTTP(w, r)
		})
	}
}

func sender(r *http.Request, v Verifier) (p access.Principal, has bool, err error) {
	credential, has, err := Credential(r.Header, "Authorization")
	second, hasSecond, wrong := Credential(r.Header, SecondHeader)
	switch {
	case err != nil || wrong != nil:
		return p, false, errors.Join(err, wrong)
	case !has && hasSecond:
		return p, false, &Refusal{"a second person without a first"}
	case !has:
		return p, false, nil
	}
	if p, err = v.Verify(r.Context(), credential); err != nil || !hasSecond {
		return p, true, err
	}
	other, err := v.Verify(r.Context(), second)
	p.Second = &other
	return p, true, err
}

// Credential is what stands behind "Bearer " in a header, which may stand there once.
func Credential(h http.Header, name string) (credential string, has bool, err error) {
	values := h.Values(name)
	if len(values) == 0 {
		return "", false, nil
	}
	scheme, credential, ok := strings.Cut(values[0], " ")
	if len(values) > 1 || !ok || !strings.EqualFold(scheme, "Bearer") {
		return "", false, &Refusal{"one header with 'Bearer' and a token is taken"}
	}
	return credential, true, nil
}
