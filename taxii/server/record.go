package server

import (
	"log/slog"
	"net/http"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"
)

// metrics count requests. Labels are routes and classes of status, never what a caller wrote.
type metrics struct {
	requests *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
	octets   *prometheus.CounterVec
}

func newMetrics() *metrics {
	return &metrics{
		requests: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "entente_http_requests_total", Help: "Requests answered, by method, route and class of status.",
		}, []string{"method", "route", "class"}),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "entente_http_request_seconds", Help: "Time from the request's header to the end of the answer.",
			Buckets: prometheus.ExponentialBuckets(0.0005, 2, 16),
		}, []string{"route"}),
		octets: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "entente_http_body_bytes_total", Help: "Octets of bodies, in and out.",
		}, []string{"direction"}),
	}
}

// Collectors are the server's metrics, for the node's registry.
func (s *Server) Collectors() []prometheus.Collector {
	return []prometheus.Collector{s.metrics.requests, s.metrics.seconds, s.metrics.octets}
}

// record tells of a request once it is answered: to the metrics, and in one log record. Neither
// holds anything of the query, the credentials or the objects.
func (s *Server) record(r *request, took time.Duration) {
	method, route, status, sent := r.Request().Method, r.Path(), r.Response().Status, r.Response().Size
	switch method {
	case http.MethodGet, http.MethodHead, http.MethodPost, http.MethodDelete:
	default:
		method = "other" // a method is any word that the caller likes
	}
	if route == "" {
		route = "none"
	}
	s.metrics.requests.WithLabelValues(method, route, strconv.Itoa(status/100)+"xx").Inc()
	s.metrics.seconds.WithLabelValues(route).Observe(took.Seconds())
	s.metrics.octets.WithLabelValues("in").Add(float64(r.received))
	s.metrics.octets.WithLabelValues("out").Add(float64(sent))

	level := slog.LevelInfo
	attrs := []slog.Attr{
		slog.String("method", method), slog.String("route", route), slog.Int("status", status),
		slog.String("principal", r.principal.String()), slog.String("collection", r.collection),
		slog.Int("objects", r.objects), slog.Int64("bytes_in", r.received), slog.Int64("bytes_out", sent),
		slog.Duration("duration", took), slog.String("error_id", r.errorID), slog.String("remote", r.RealIP()),
	}
	if r.cause != nil && r.kind == internal {
		level = slog.LevelError
		attrs = append(attrs, slog.String("error", r.cause.Error()))
	}
	s.cfg.Log.LogAttrs(r.Request().Context(), level, "request", attrs...)
}
