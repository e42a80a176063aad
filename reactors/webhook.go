package reactors

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"

	"github.com/ThreeDotsLabs/watermill/message"

	"daybook.internal/ledger"
)

// The limits of an answer. What it says is not looked at: the status is all that counts.
const (
	maxHeader = 64 << 10
	maxAnswer = 64 << 10    // as much of the body is read, so that the connection can be used again
	maxRead   = time.Second // for so long
	maxIdle   = 90 * time.Second
)

// contentType is that of CloudEvents 1.0 in structured mode.
const contentType = "application/cloudevents+json; charset=utf-8"

// webhook sends messages to one address.
type webhook struct {
	url     *url.URL
	secrets []Secret
	client  *http.Client
	within  time.Duration
	longest time.Duration // that a receiver may ask us to wait
	now     func() time.Time
}

// newWebhook makes one with a client of its own: what one receiver does to its connections is nothing to the others. No proxy is asked, as it would look names up itself.
func newWebhook(to *url.URL, secrets []Secret, allow guard, roots *x509.CertPool, redirects int, within, longest time.Duration) *webhook {
	allow.plain = to.Scheme != "https"
	dialer := &net.Dialer{Timeout: within, ControlContext: allow.control}
	return &webhook{
		url: to, secrets: secrets, within: within, longest: longest, now: time.Now,
		client: &http.Client{
			Transport: &http.Transport{
				DialContext: dialer.DialContext, TLSHandshakeTimeout: within, ResponseHeaderTimeout: within, IdleConnTimeout: maxIdle,
				MaxResponseHeaderBytes: maxHeader, MaxIdleConnsPerHost: 1, DisableCompression: true, ForceAttemptHTTP2: true,
				TLSClientConfig: &tls.Config{RootCAs: roots, MinVersion: tls.VersionTLS12},
			},
			CheckRedirect: follow(redirects),
		},
	}
}

// follow says which redirects are followed: no more than a number, and only such as send the same message once more, without losing TLS. Any other is the answer. Where one leads hears
// nothing of the address that led there, which may be a secret.
func follow(redirects int) func(*http.Request, []*http.Request) error {
	return func(r *http.Request, via []*http.Request) error {
		if len(via) > redirects || r.Method != http.MethodPost || r.URL.User != nil || (r.URL.Scheme != "https" && via[0].URL.Scheme == "https") {
			return http.ErrUseLastResponse
		}
		r.Header.Del("Referer") // net/http has put the whole address there
		return nil
	}
}

// deliver makes one attempt. The error is a *failure.
func (w *webhook) deliver(ctx context.Context, e ledger.Entry, m *message.Message) error {
	body := m.Payload
	ctx, cancel := context.WithTimeout(ctx, w.within)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url.String(), bytes.NewReader(body))
	if err != nil {
		return &failure{class: refused, why: "its address makes no request"}
	}
	id, now := e.ID.String(), w.now()
	r.Header.Set("Content-Type", contentType)
	r.Header.Set("User-Agent", "daybook")
	r.Header.Set(HeaderID, id)
	r.Header.Set(HeaderTime, strconv.FormatInt(now.Unix(), 10))
	r.Header.Set(HeaderSignature, Signature(id, now, body, w.secrets...))
	r.Header.Set(HeaderSeq, strconv.FormatUint(e.Seq, 10))
	answer, err := w.client.Do(r)
	if err != nil {
		var u *url.Error // says the address
		if errors.As(err, &u) {
			err = u.Err
		}
		return unanswered(err, w.within)
	}
	defer answer.Body.Close()
	over := time.AfterFunc(maxRead, cancel)
	defer over.Stop()
	_, _ = io.CopyN(io.Discard, answer.Body, maxAnswer) // an answer that breaks off, or does not end, was an answer
	if f := answered(answer.StatusCode, w.asked(answer.Header.Get("Retry-After"))); f != nil {
		return f
	}
	return nil
}

// asked is how long a receiver asks to be left alone (RFC 9110 10.2.3), as far as it is heard.
func (w *webhook) asked(after string) time.Duration {
	if seconds, err := strconv.ParseInt(after, 10, 32); err == nil {
		return min(max(time.Duration(seconds)*time.Second, 0), w.longest)
	}
	if at, err := http.ParseTime(after); err == nil {
		return min(max(at.Sub(w.now()), 0), w.longest)
	}
	return 0
}

func (w *webhook) close() error {
	w.client.CloseIdleConnections()
	return nil
}
