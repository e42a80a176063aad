package reactors

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"daybook.internal/internal/sqlitefile"
)

func subscription(t testing.TB, name, to string) Subscription {
	return Subscription{Name: name, Owner: "press", URL: to, Secret: testSecret(t), From: "beginning", Made: 1}
}

func subscribe(t *testing.T, r *Reactors, s Subscription) error {
	kept, _, err := r.Subscribe(t.Context(), s, Once{})
	if err == nil {
		require.Equal(t, s, kept)
	}
	return err
}

var here = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}

// TestSubscribe: who subscribes while everything runs gets everything in order, also after a restart; who ends it gets nothing more, and nothing of it is left.
func TestSubscribe(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "reactors.db")
	l, state := filled(t, 10), openState(t, path)
	fixed, d := newDesk(t, l), newDesk(t, l)
	o := Options{Ledger: l, State: state, Receivers: []Receiver{hook(t, "press", fixed.serve(t))}, Allow: here}
	r, stop := start(t, o)
	require.NoError(t, subscribe(t, r, subscription(t, "wh_1", d.serve(t))))
	d.hasAll(10)
	add(t, l, 10, 15)
	d.hasAll(15)
	fixed.hasAll(15)
	stop()
	require.Equal(t, uint64(15), standing(t, state, "wh_1").Position)

	add(t, l, 15, 20)
	o.Receivers[0] = hook(t, "press", fixed.serve(t))
	r, stop = start(t, o)
	d.hasAll(20)
	late := newDesk(t, l)
	now := subscription(t, "wh_2", late.serve(t))
	now.From = "now"
	require.NoError(t, subscribe(t, r, now))
	require.Len(t, r.Counts(), 3)
	require.NoError(t, r.Unsubscribe(t.Context(), "wh_1"))
	require.ErrorIs(t, r.Unsubscribe(t.Context(), "wh_1"), ErrNoSubscription)
	require.ErrorIs(t, r.Unsubscribe(t.Context(), "press"), ErrNoSubscription, "it is one of the configuration")
	add(t, l, 20, 25)
	late.has(func(taken []uint64) bool { return len(taken) == 5 })
	fixed.hasAll(25)
	stop()
	require.Equal(t, []uint64{20, 21, 22, 23, 24}, late.taken)
	require.Len(t, d.order, 20)
	all, err := state.Subscriptions(t.Context())
	require.NoError(t, err)
	require.Equal(t, []Subscription{now}, all)
	standings, err := state.Standings(t.Context())
	require.NoError(t, err)
	require.Len(t, standings, 2)
	info, err := os.Stat(path)
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode().Perm(), "secrets are in it")

	o.Receivers = []Receiver{hook(t, "wh_2", fixed.serve(t))}
	_, err = Open(t.Context(), o)
	require.ErrorContains(t, err, "as a subscription is named")
}

// What leads into our own network, or cannot be meant, is no subscription. A name is looked at when it is called.
func TestSubscriptionsRefused(t *testing.T) {
	t.Parallel()
	l := filled(t, 3)
	r, _ := start(t, Options{Ledger: l, Most: 3, MostOfOne: 2})
	for to, why := range map[string]string{
		"https://127.0.0.1/":           "no address that may be called",
		"https://[::1]:8443/":          "no address that may be called",
		"https://10.1.2.3/x":           "no address that may be called",
		"https://169.254.169.254/meta": "no address that may be called",
		"https://[fd00::1]/":           "no address that may be called",
		"https://[::ffff:10.0.0.1]/":   "no address that may be called",
		"http://press.example.org/":    "https://",
		"https://a:b@example.org/":     "a user",
		"ftp://example.org/":           "https://",
		"press.example.org":            "https://",
		"":                             "https://",
		"https://example.org/#x":       "fragment",
		"https://example.org/" + strings.Repeat("x", maxURL): "at most",
	} {
		var wrong *SubscriptionError
		err := subscribe(t, r, subscription(t, "wh_1", to))
		require.ErrorAs(t, err, &wrong, to)
		require.ErrorContains(t, err, why, to)
	}
	bad := subscription(t, "wh_1", "https://press.example.org/?token=secret")
	require.Equal(t, "https://press.example.org", bad.To())
	bad.Types = []string{"opinion-*"}
	require.ErrorContains(t, subscribe(t, r, bad), "no event has a type like")
	bad.Types, bad.From = nil, "yesterday"
	require.ErrorContains(t, subscribe(t, r, bad), "beginning")
	require.Empty(t, r.Counts())

	// localhost is a name: it may be subscribed, and is not called.
	name := subscription(t, "wh_local", "https://localhost:1/")
	require.NoError(t, subscribe(t, r, name))
	await(t, "it is not tried", func() bool {
		tr := troubles(t, r.State, "wh_local")
		return len(tr) > 0 && strings.Contains(tr[0].Why, "no address that may be called")
	})
	require.ErrorContains(t, subscribe(t, r, name), "taken")
	one := subscription(t, "wh_a", "https://203.0.114.1/")
	one.From = "now"
	require.NoError(t, subscribe(t, r, one))
	one.Name = "wh_b"
	require.ErrorIs(t, subscribe(t, r, one), ErrSubscriptions, "two of one owner")
	one.Owner = "archive"
	require.NoError(t, subscribe(t, r, one))
	one.Name, one.Owner = "wh_c", "somebody"
	require.ErrorIs(t, subscribe(t, r, one), ErrSubscriptions, "three in all")
	require.NoError(t, r.Unsubscribe(t.Context(), "wh_a"))
	require.NoError(t, subscribe(t, r, one))
}

// TestSubscriptionParked: what is parked for a subscription can be tried again, and is forgotten with it.
func TestSubscriptionParked(t *testing.T) {
	t.Parallel()
	l, state := filled(t, 3), openState(t, filepath.Join(t.TempDir(), "reactors.db"))
	d := newDesk(t, l)
	d.answer = func(w http.ResponseWriter, _ *http.Request, _ uint64, _ int) { w.WriteHeader(http.StatusGone) }
	r, _ := start(t, Options{Ledger: l, State: state, Allow: here})
	require.NoError(t, subscribe(t, r, subscription(t, "wh_1", d.serve(t))))
	await(t, "it is not stopped", func() bool { return standing(t, state, "wh_1").Stopped != "" })
	require.NoError(t, r.Unsubscribe(t.Context(), "wh_1"))
	d.answer = nil
	require.NoError(t, subscribe(t, r, subscription(t, "wh_1", d.serve(t))), "the name is free again, and knows nothing of what was before")
	d.hasAll(3)
}

// TestOlderState: a state of an older format gets what it lacks when it is opened for writing, and keeps what it has; where it is only read, it has what it has.
func TestOlderState(t *testing.T) {
	t.Parallel()
	require.Len(t, older(), 2)
	for _, before := range older() {
		path := filepath.Join(t.TempDir(), "reactors.db")
		f, err := sqlitefile.Open(t.Context(), path, before, false)
		require.NoError(t, err)
		kept := int(before.Format) - 1 // subscriptions
		require.NoError(t, f.Write(t.Context(), func(c *sqlitefile.Conn) error {
			for range kept {
				if err := c.Exec("INSERT INTO subscriptions(receiver, owner, url, secret, types, editions, begins, made) VALUES('wh_1', 'press', 'https://press.example.org/', ?, 'null', 'null', 'now', 1)",
					testSecret(t).Text()); err != nil {
					return err
				}
			}
			return c.Exec("INSERT INTO positions(receiver, topic, seq, token) VALUES('press', 'ledger', 7, '')")
		}))
		require.NoError(t, f.Close())
		old, err := OpenState(t.Context(), path, true)
		require.NoError(t, err)
		all, err := old.Subscriptions(t.Context())
		require.NoError(t, err)
		require.Len(t, all, kept)
		require.Equal(t, uint64(7), standing(t, old, "press").Position)
		require.NoError(t, old.Close())
		for range 2 {
			s := openState(t, path)
			require.Equal(t, uint64(7), standing(t, s, "press").Position)
			all, err = s.Subscriptions(t.Context())
			require.NoError(t, err)
			require.Len(t, all, kept)
			none, _, err := s.asked(t.Context(), "press", Once{"k", "x"})
			require.NoError(t, err)
			require.Nil(t, none)
			require.NoError(t, s.Close())
		}
	}
}

// TestOnce: what is asked for again with its key is there once, also after a restart, and counts once; the keys of owners are their own; and a key is forgotten with its subscription.
func TestOnce(t *testing.T) {
	t.Parallel()
	path := filepath.Join(t.TempDir(), "reactors.db")
	l, state := filled(t, 3), openState(t, path)
	o := Options{Ledger: l, State: state, Allow: here, MostOfOne: 1}
	r, stop := start(t, o)
	first := subscription(t, "wh_1", "https://press.example.org/")
	first.From = "now"
	kept, at, err := r.Subscribe(t.Context(), first, Once{"k", "x"})
	require.NoError(t, err)
	require.Equal(t, first, kept)
	require.Equal(t, uint64(3), at)
	add(t, l, 3, 5)
	again := func() {
		second := subscription(t, "wh_2", "https://press.example.org/")
		kept, at, err := r.Subscribe(t.Context(), second, Once{"k", "x"})
		require.NoError(t, err)
		require.Equal(t, first, kept)
		require.Equal(t, uint64(3), at)
		_, _, err = r.Subscribe(t.Context(), second, Once{"k", "y"})
		require.ErrorIs(t, err, ErrAskedOtherwise)
		_, _, err = r.Subscribe(t.Context(), second, Once{"l", "x"})
		require.ErrorIs(t, err, ErrSubscriptions, "another one, which is one too many")
		all, err := state.Subscriptions(t.Context())
		require.NoError(t, err)
		require.Len(t, all, 1)
	}
	again()
	stop()
	require.NoError(t, state.Close())
	state = openState(t, path)
	o.State = state
	r, _ = start(t, o)
	again()
	other := subscription(t, "wh_3", "https://press.example.org/")
	other.Owner = "radio"
	kept, _, err = r.Subscribe(t.Context(), other, Once{"k", "y"})
	require.NoError(t, err)
	require.Equal(t, other, kept)
	require.NoError(t, r.Unsubscribe(t.Context(), "wh_1"))
	third := subscription(t, "wh_4", "https://press.example.org/")
	kept, _, err = r.Subscribe(t.Context(), third, Once{"k", "y"})
	require.NoError(t, err)
	require.Equal(t, third, kept)
}

// Secrets show nowhere but in the file.
func TestSubscriptionSaysNoSecret(t *testing.T) {
	t.Parallel()
	s := subscription(t, "wh_1", "https://press.example.org/very/secret?path=1")
	for _, format := range []string{"%v", "%+v", "%#v"} {
		require.NotContains(t, fmt.Sprintf(format, s), testSecret(t).Text())
	}
	_, err := s.receiver(nil)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	r, _ := start(t, Options{Ledger: filled(t, 1)})
	_, _, err = r.Subscribe(ctx, s, Once{})
	require.True(t, errors.Is(err, context.Canceled))
	require.NotContains(t, err.Error(), "secret?")
	require.Empty(t, r.Counts())
}
