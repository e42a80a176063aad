package main

import (
	"context"
	"log/slog"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sync/errgroup"

	"daybook.internal/api"
	"daybook.internal/api/follow"
	"daybook.internal/reactors/hints"
	"daybook.internal/readstore"
	"daybook.internal/readstore/live"
)

// following is what tells clients what happens, while serve serves them.
type following struct {
	hub    *hints.Hub
	live   *follow.Live
	events *follow.Events
}

// tell makes a watch of a projector that tells the hub first: it takes no time and never fails.
func (f *following) tell(watch func(context.Context, readstore.Step) error) func(context.Context, readstore.Step) error {
	f.hub = hints.NewHub()
	return func(ctx context.Context, s readstore.Step) error {
		if err := f.hub.Watch(ctx, s); err != nil {
			return err
		}
		return watch(ctx, s)
	}
}

// open makes what answers, and puts it into the API. Where other servers may keep the views up, the projector says how far they are.
func (f *following) open(c *api.Config, n *node, projector *readstore.Projector, figures *live.Live, deliveries *reacting, log *slog.Logger) {
	o := follow.Options{Hub: f.hub, Store: n.store, Measures: figures, Log: log}
	if _, shared := n.shared(); shared {
		o.Projector = projector
	}
	f.live, f.events = follow.NewLive(o), follow.NewEvents(follow.EventsOptions{Ledger: n.ledger, Log: log})
	c.Live, c.Events = f.live, f.events
	if deliveries != nil {
		c.Webhooks = &follow.Webhooks{Deliveries: deliveries, State: deliveries.state, Now: time.Now}
	}
}

// run tells until ctx ends; then all who listen or wait are let go, so that the server can stop.
func (f *following) run(ctx context.Context, group *errgroup.Group) {
	group.Go(func() error { return f.live.Run(ctx) })
	group.Go(func() error { return f.events.Run(ctx) })
}

// What followers tell Prometheus.
var (
	liveStreams   = prometheus.NewDesc("live_streams", "Clients that listen to which documents change.", nil, nil)
	eventsWaiting = prometheus.NewDesc("events_waiting", "Clients that wait for events.", nil, nil)
)

// Describe is that of prometheus.Collector.
func (f *following) Describe(to chan<- *prometheus.Desc) {
	to <- liveStreams
	to <- eventsWaiting
}

// Collect is that of prometheus.Collector.
func (f *following) Collect(to chan<- prometheus.Metric) {
	to <- prometheus.MustNewConstMetric(liveStreams, prometheus.GaugeValue, float64(f.live.Streams()))
	to <- prometheus.MustNewConstMetric(eventsWaiting, prometheus.GaugeValue, float64(f.events.Waiting()))
}
