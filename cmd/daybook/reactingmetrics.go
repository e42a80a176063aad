package main

import (
	"context"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// What deliveries tell Prometheus. Receivers are called by their names in the configuration, never by where they are.
var (
	deliveryAttempts = prometheus.NewDesc("delivery_attempts_total", "Attempts to deliver an event.", []string{"receiver", "kind", "result"}, nil)
	deliveryPosition = prometheus.NewDesc("delivery_position", "Records of the ledger that a receiver needs no more.", []string{"receiver"}, nil)
	deliveryLag      = prometheus.NewDesc("delivery_lag_events", "Records of the ledger that a receiver may still need.", []string{"receiver"}, nil)
	deliveryParked   = prometheus.NewDesc("delivery_parked", "Events that were given up for a receiver.", []string{"receiver"}, nil)
	deliveryStopped  = prometheus.NewDesc("delivery_stopped", "1 where nothing is sent to a receiver until somebody resumes it.", []string{"receiver"}, nil)
)

// deliveryFigures asks when the figures are wanted.
type deliveryFigures struct {
	*reacting
	head func(context.Context) (uint64, error)
}

// Describe is that of prometheus.Collector.
func (deliveryFigures) Describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{deliveryAttempts, deliveryPosition, deliveryLag, deliveryParked, deliveryStopped} {
		to <- d
	}
}

// Collect is that of prometheus.Collector. What the state does not tell is left out.
func (f deliveryFigures) Collect(to chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	gauge := func(d *prometheus.Desc, v float64, receiver string) {
		to <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, receiver)
	}
	running := map[string]bool{}
	for _, c := range f.Counts() {
		running[c.Receiver] = true
		for result, n := range map[string]uint64{"delivered": c.Delivered, "failed": c.Failed} {
			to <- prometheus.MustNewConstMetric(deliveryAttempts, prometheus.CounterValue, float64(n), c.Receiver, c.Kind, result)
		}
		stopped := 0.0
		if c.Stopped {
			stopped = 1
		}
		gauge(deliveryStopped, stopped, c.Receiver)
	}
	standings, err := f.state.Standings(ctx)
	if err != nil {
		return
	}
	head, unknown := f.head(ctx)
	for _, s := range standings {
		if !running[s.Receiver] { // once, and not any more
			continue
		}
		gauge(deliveryPosition, float64(s.Position), s.Receiver)
		gauge(deliveryParked, float64(s.Parked+s.Due), s.Receiver)
		if unknown == nil {
			gauge(deliveryLag, float64(head-min(head, s.Position)), s.Receiver)
		}
	}
}
