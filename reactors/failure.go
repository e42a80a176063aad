package reactors

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"syscall"
	"time"
)

// A failure is an attempt that did not deliver. Its text is ours and never the receiver's, which could hold anything: the address with its secrets, or what moves a terminal.
type failure struct {
	class class
	why   string
	after time.Duration // the receiver asks not to be tried before; 0: it does not
	again bool          // whether there is an attempt left
}

// class is what follows from a failure.
type class int

const (
	away    class = iota // nobody is there, or not now: the message is as good as any other
	refused              // the receiver is there, and does not take this message
	gone                 // the receiver says that it is not to be sent anything any more
)

func (f *failure) Error() string { return f.why }

// answered is the failure that follows from the status of an answer; nil where that is a success.
func answered(status int, after time.Duration) *failure {
	why := fmt.Sprintf("it answered %d", status)
	switch {
	case status >= 200 && status < 300:
		return nil
	case status == 410:
		return &failure{class: gone, why: why}
	case status == 408, status == 425, status == 429, status == 502, status == 503, status == 504:
		return &failure{class: away, why: why, after: after}
	case status >= 300 && status < 400:
		why += ", which leads elsewhere; that is not followed"
	}
	return &failure{class: refused, why: why}
}

// unanswered is the failure of a request that got no answer.
func unanswered(err error, within time.Duration) *failure {
	f := &failure{class: away}
	var address addressError
	var dns *net.DNSError
	var cert *tls.CertificateVerificationError
	var alert tls.AlertError
	var record tls.RecordHeaderError
	var errno syscall.Errno
	var timeout net.Error
	switch {
	case errors.As(err, &address):
		f.why = address.Error()
	case errors.As(err, &dns) && dns.IsNotFound:
		f.why = "there is no host of that name"
	case errors.As(err, &dns):
		f.why = "the name of its host could not be looked up"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded), errors.As(err, &timeout) && timeout.Timeout():
		f.why = fmt.Sprintf("no answer within %v", within)
	case errors.As(err, &cert):
		f.why = "its certificate is not accepted"
	case errors.As(err, &alert), errors.As(err, &record), errors.Is(err, http.ErrSchemeMismatch):
		f.why = "it speaks no TLS that is accepted"
	case errors.As(err, &errno):
		f.why = errno.Error()
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), strings.Contains(err.Error(), "server closed idle connection"): // which net/http has no value for
		f.why = "it closed the connection instead of answering"
	default:
		f.why = "what it answered is no proper HTTP"
	}
	return f
}
