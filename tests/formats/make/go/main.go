// Plays the loan story through a real Go logger and tells what it gave to it: `loanapi VOICE STORY TOLD`.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"time"

	"github.com/gin-gonic/gin"
	kitlog "github.com/go-kit/log"
	"github.com/hashicorp/go-hclog"
	pkgerrors "github.com/pkg/errors"
	"github.com/rs/zerolog"
	zerrors "github.com/rs/zerolog/pkgerrors"
	"github.com/sirupsen/logrus"
	"go.uber.org/zap"
	"k8s.io/klog"
)

type step struct {
	N                                                                                              int
	Method, Path, Pattern, Target, Trouble, Dep, Loan, User, Xray, W3c, Span, Client, Agent string
	RequestID                                                                                      string `json:"request_id"`
	Status, Amount                                                                                 int
	TookUs                                                                                         int64 `json:"took_us"`
	CallMs                                                                                         int64 `json:"call_ms"`
	GapMs                                                                                          int   `json:"gap_ms"`
}

type fact map[string]interface{}

var told *json.Encoder

func tell(level, message string, more fact) {
	row := fact{"level": level, "message": message}
	for k, v := range more {
		row[k] = v
	}
	if err := told.Encode(row); err != nil {
		panic(err)
	}
	time.Sleep(2 * time.Millisecond)
}

func ms(d time.Duration) float64 { return float64(d.Nanoseconds()) / 1e6 }

// voice is one project's way of logging: the trouble of a step, then the step's end.
type voice interface {
	opening()
	trouble(s step, took time.Duration, err error)
	done(s step, took time.Duration)
}

// call really connects: to a closed port, or to one that accepts and stays silent.
func call(s step) (time.Duration, error) {
	began := time.Now()
	switch s.Trouble {
	case "refused":
		_, err := http.Get("http://127.0.0.1:9009/" + s.Dep)
		return time.Since(began), err
	case "timeout":
		silent, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return 0, err
		}
		defer silent.Close()
		conn, err := net.Dial("tcp", silent.Addr().String())
		if err != nil {
			return 0, err
		}
		defer conn.Close()
		if err := conn.SetReadDeadline(time.Now().Add(time.Duration(s.CallMs) * time.Millisecond / 8)); err != nil {
			return 0, err
		}
		_, err = io.ReadFull(conn, make([]byte, 1))
		return time.Since(began), pkgerrors.Wrap(err, "waiting for "+s.Dep)
	case "slow", "retry":
		time.Sleep(time.Duration(s.CallMs) * time.Millisecond / 8)
		return time.Since(began), nil
	case "open":
		return 0, errors.New("circuit breaker is open")
	}
	return 0, nil
}

func pick(bands []string, n int) string { return bands[n] }

type zapVoice struct{ l *zap.Logger }

func (v zapVoice) with(s step) (*zap.Logger, fact) {
	if s.Path == "/health" {
		return v.l, fact{}
	}
	return v.l.With(zap.String("trace_id", s.W3c), zap.String("span_id", s.Span)), fact{"trace_id": s.W3c}
}

func (v zapVoice) opening() {
	v.l.Info("starting http server", zap.String("addr", ":8080"), zap.Int("pool", 10))
	tell("info", "starting http server", nil)
}

func (v zapVoice) trouble(s step, took time.Duration, err error) {
	l, f := v.with(s)
	if s.Dep != "" {
		f["dependency"] = s.Dep
	}
	switch {
	case s.Trouble == "slow" || s.Trouble == "retry":
		f["latency_ms"] = ms(took)
		text := map[string]string{"slow": "slow downstream call", "retry": "retrying downstream call"}[s.Trouble]
		l.Warn(text, zap.String("downstream", s.Dep), zap.Duration("took", took))
		tell("warn", text, f)
	case s.Trouble == "open":
		l.Error("downstream call rejected", zap.String("downstream", s.Dep), zap.Error(err))
		tell("error", "downstream call rejected", f)
	case err != nil:
		f["latency_ms"] = ms(took)
		l.Error("downstream call failed", zap.String("downstream", s.Dep), zap.Duration("took", took), zap.Error(err))
		f["alt"] = fact{"error_type": []interface{}{"*errors.withStack", "*url.Error", "*net.OpError", nil}}
		tell("error", "downstream call failed", f)
	case s.Trouble == "denied":
		l.Warn("login rejected", zap.String("user", s.User))
		tell("warn", "login rejected", f)
	case s.Trouble == "crash":
		func() {
			defer func() {
				p := recover()
				l.Error("panic recovered", zap.Any("panic", p))
				f["alt"] = fact{"error_type": []string{"panic", "runtime error", "runtime.Error"}}
				tell("error", "panic recovered", f)
			}()
			pick(nil, 2)
		}()
	}
}

func (v zapVoice) done(s step, took time.Duration) {
	l, f := v.with(s)
	l.Info("handled request", zap.String("method", s.Method), zap.String("path", s.Path), zap.Int("status", s.Status), zap.Duration("latency", took), zap.String("remote_ip", s.Client))
	f["kind"], f["method"], f["path"], f["status"], f["latency_ms"] = "request", s.Method, s.Path, s.Status, ms(took)
	tell("info", "handled request", f)
}

type zerologVoice struct{ l zerolog.Logger }

func (v zerologVoice) opening() {
	v.l.Info().Str("addr", ":8080").Msg("listening")
	tell("info", "listening", nil)
	v.l.Debug().Int("open", 3).Msg("pool stats")
	tell("debug", "pool stats", nil)
}

func (v zerologVoice) trouble(s step, took time.Duration, err error) {
	f := fact{"trace_id": s.Xray}
	if s.Dep != "" {
		f["dependency"] = s.Dep
	}
	switch {
	case s.Trouble == "slow" || s.Trouble == "retry":
		f["latency_ms"] = ms(took)
		v.l.Warn().Str("trace_id", s.Xray).Str("peer", s.Dep).Dur("elapsed", took).Msg("upstream is slow")
		tell("warn", "upstream is slow", f)
	case s.Trouble == "open":
		v.l.Error().Str("trace_id", s.Xray).Str("peer", s.Dep).Err(err).Msg("upstream call skipped")
		tell("error", "upstream call skipped", f)
	case err != nil:
		f["latency_ms"] = ms(took)
		v.l.Error().Stack().Err(err).Str("trace_id", s.Xray).Str("peer", s.Dep).Dur("elapsed", took).Msg("upstream call failed")
		tell("error", "upstream call failed", f)
	case s.Trouble == "denied" || s.Trouble == "missing" || s.Trouble == "invalid":
		text := map[string]string{"denied": "bad credentials", "missing": "loan not found", "invalid": "validation failed"}[s.Trouble]
		v.l.Warn().Str("trace_id", s.Xray).Str("user", s.User).Msg(text)
		tell("warn", text, f)
	}
}

func (v zerologVoice) done(s step, took time.Duration) {
	e, level := v.l.Info(), "info"
	if s.Status >= 500 {
		e, level = v.l.Error(), "error"
	}
	e.Str("trace_id", s.Xray).Str("ip", s.Client).Str("user_agent", s.Agent).Str("method", s.Method).Str("url", s.Target).Int("status", s.Status).Dur("duration", took).Send()
	if err := told.Encode(fact{"kind": "request", "level": level, "method": s.Method, "path": s.Path, "status": s.Status, "latency_ms": ms(took), "trace_id": s.Xray}); err != nil {
		panic(err)
	}
}

type logrusVoice struct{ l *logrus.Logger }

func (v logrusVoice) opening() {
	v.l.WithField("port", 8080).Info("server started")
	tell("info", "server started", nil)
}

func (v logrusVoice) trouble(s step, took time.Duration, err error) {
	l, f := v.l.WithFields(logrus.Fields{"req_id": s.RequestID, "x_b3_traceid": s.W3c}), fact{"trace_id": s.W3c}
	if s.Dep != "" {
		f["dependency"] = s.Dep
		l = l.WithField("target_service", s.Dep)
	}
	switch {
	case s.Trouble == "slow" || s.Trouble == "retry":
		f["latency_ms"] = float64(took.Milliseconds())
		l.WithField("duration_ms", took.Milliseconds()).Warn("slow call")
		tell("warn", "slow call", f)
	case s.Trouble == "open":
		l.WithError(err).Error("call not permitted")
		tell("error", "call not permitted", f)
	case err != nil:
		f["latency_ms"] = float64(took.Milliseconds())
		l.WithError(err).WithField("duration_ms", took.Milliseconds()).Error("call failed")
		tell("error", "call failed", f)
	case s.Trouble == "denied":
		l.WithField("user_id", s.User).Warning("authentication failed")
		tell("warn", "authentication failed", f)
	}
}

func (v logrusVoice) done(s step, took time.Duration) {
	l := v.l.WithFields(logrus.Fields{"req_id": s.RequestID, "x_b3_traceid": s.W3c, "http_method": s.Method, "http_uri": s.Target, "http_status": s.Status, "duration_ms": ms(took)})
	l.Info("request done")
	tell("info", "request done", fact{"kind": "request", "method": s.Method, "path": s.Path, "status": s.Status, "latency_ms": ms(took), "trace_id": s.W3c})
}

type klogVoice struct{}

func (klogVoice) opening() {
	klog.Infof("Starting loan-api %s on %s", "v2.4.1", ":8080")
	tell("info", "Starting loan-api v2.4.1 on :8080", nil)
	klog.InfoS("Connected", "database", "aurora", "pool", 10)
	tell("info", "Connected", fact{"alt": fact{"dependency": []string{"aurora"}}})
}

func (klogVoice) trouble(s step, took time.Duration, err error) {
	f := fact{}
	if s.Dep != "" {
		f["dependency"] = s.Dep
	}
	switch {
	case s.Trouble == "slow" || s.Trouble == "retry":
		f["latency_ms"] = ms(took)
		klog.Warningf("slow call to %s: took %s", s.Dep, took)
		tell("warn", fmt.Sprintf("slow call to %s: took %s", s.Dep, took), f)
	case s.Trouble == "open":
		klog.ErrorS(err, "Call rejected", "dependency", s.Dep, "traceID", s.W3c)
		f["trace_id"] = s.W3c
		tell("error", "Call rejected", f)
	case err != nil:
		f["latency_ms"], f["trace_id"] = ms(took), s.W3c
		klog.ErrorS(err, "Call failed", "dependency", s.Dep, "duration", took, "traceID", s.W3c)
		tell("error", "Call failed", f)
	case s.Trouble == "denied":
		klog.Warningf("authentication failed for %s", s.User)
		tell("warn", "authentication failed for "+s.User, f)
	}
}

func (klogVoice) done(s step, took time.Duration) {
	klog.InfoS("HTTP", "verb", s.Method, "URI", s.Target, "latency", took, "userAgent", s.Agent, "traceID", s.W3c, "srcIP", s.Client, "resp", s.Status)
	tell("info", "HTTP", fact{"kind": "request", "method": s.Method, "path": s.Path, "status": s.Status, "latency_ms": ms(took), "trace_id": s.W3c})
}

type stdVoice struct{}

func plain(text string, more fact) {
	log.Println(text)
	row := fact{"message": text}
	for k, v := range more {
		row[k] = v
	}
	if err := told.Encode(row); err != nil {
		panic(err)
	}
}

func (stdVoice) opening() { plain("loan-api listening on :8080", nil) }

func (stdVoice) trouble(s step, took time.Duration, err error) {
	switch {
	case s.Trouble == "slow" || s.Trouble == "retry":
		plain(fmt.Sprintf("WARN: %s took %s", s.Dep, took.Round(time.Microsecond)), fact{"level": "warn", "dependency": s.Dep, "latency_ms": ms(took.Round(time.Microsecond)), "message": fmt.Sprintf("%s took %s", s.Dep, took.Round(time.Microsecond))})
	case s.Trouble == "open":
		plain(fmt.Sprintf("ERROR: calling %s: %v", s.Dep, err), fact{"level": "error", "dependency": s.Dep, "message": fmt.Sprintf("calling %s: %v", s.Dep, err)})
	case err != nil:
		plain(fmt.Sprintf("ERROR: calling %s failed after %s: %v", s.Dep, took.Round(time.Microsecond), err), fact{"level": "error", "dependency": s.Dep, "latency_ms": ms(took.Round(time.Microsecond)),
			"message": fmt.Sprintf("calling %s failed after %s: %v", s.Dep, took.Round(time.Microsecond), err)})
	case s.Trouble == "crash":
		server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { pick(nil, 2) }))
		defer server.Close()
		_, _ = http.Get(server.URL)
		if err := told.Encode(fact{"message": "panic serving 127.0.0.1:", "alt": fact{"error_type": []string{"panic", "runtime error", "runtime.Error"}, "level": []string{"error", "fatal"}}}); err != nil {
			panic(err)
		}
	}
}

func (stdVoice) done(s step, took time.Duration) {
	text := fmt.Sprintf("%s %s %d %s", s.Method, s.Target, s.Status, took)
	plain(text, fact{"kind": "request", "method": s.Method, "path": s.Path, "status": s.Status, "latency_ms": ms(took)})
}

type hclogVoice struct{ l hclog.Logger }

func (v hclogVoice) opening() {
	v.l.Info("server started", "address", ":8080")
	tell("info", "server started", nil)
}

func (v hclogVoice) trouble(s step, took time.Duration, err error) {
	l := v.l.Named("upstream")
	switch {
	case s.Trouble == "slow" || s.Trouble == "retry":
		l.Warn("slow response", "upstream", s.Dep, "elapsed", took, "trace_id", s.Xray)
		tell("warn", "slow response", fact{"dependency": s.Dep, "latency_ms": ms(took), "trace_id": s.Xray})
	case s.Dep != "" && err != nil && s.Trouble != "open":
		l.Error("request to upstream failed", "upstream", s.Dep, "elapsed", took, "error", err, "trace_id", s.Xray)
		tell("error", "request to upstream failed", fact{"dependency": s.Dep, "latency_ms": ms(took), "trace_id": s.Xray})
	case s.Trouble == "open":
		l.Error("circuit open", "upstream", s.Dep)
		tell("error", "circuit open", fact{"dependency": s.Dep})
	case s.Trouble == "denied":
		v.l.Warn("permission denied", "user", s.User)
		tell("warn", "permission denied", nil)
	}
}

func (v hclogVoice) done(s step, took time.Duration) {
	v.l.Info("completed request", "method", s.Method, "path", s.Path, "status_code", s.Status, "duration", took, "trace_id", s.Xray)
	tell("info", "completed request", fact{"kind": "request", "method": s.Method, "path": s.Path, "status": s.Status, "latency_ms": ms(took), "trace_id": s.Xray})
}

type kitVoice struct{ l kitlog.Logger }

func (v kitVoice) say(pairs ...interface{}) {
	if err := v.l.Log(pairs...); err != nil {
		panic(err)
	}
}

func (v kitVoice) opening() {
	v.say("level", "info", "msg", "starting", "transport", "http", "addr", ":8080")
	tell("info", "starting", nil)
}

func (v kitVoice) trouble(s step, took time.Duration, err error) {
	switch {
	case s.Trouble == "slow" || s.Trouble == "retry":
		v.say("level", "warn", "msg", "slow dependency", "dependency", s.Dep, "took", took, "trace_id", s.W3c)
		tell("warn", "slow dependency", fact{"dependency": s.Dep, "latency_ms": ms(took), "trace_id": s.W3c})
	case err != nil && s.Trouble != "open":
		v.say("level", "error", "msg", "dependency failed", "dependency", s.Dep, "took", took, "err", err, "trace_id", s.W3c)
		tell("error", "dependency failed", fact{"dependency": s.Dep, "latency_ms": ms(took), "trace_id": s.W3c})
	case s.Trouble == "open":
		v.say("level", "error", "msg", "dependency skipped", "dependency", s.Dep, "err", err)
		tell("error", "dependency skipped", fact{"dependency": s.Dep})
	}
}

func (v kitVoice) done(s step, took time.Duration) {
	v.say("level", "info", "msg", "http", "method", s.Method, "path", s.Path, "code", s.Status, "took", took, "trace_id", s.W3c)
	tell("info", "http", fact{"kind": "request", "method": s.Method, "path": s.Path, "status": s.Status, "latency_ms": ms(took), "trace_id": s.W3c})
}

// playGin serves the story with Gin's own logger and recovery; what it measured is read from the line by record.py.
func playGin(steps []step) {
	gin.SetMode(gin.ReleaseMode)
	gin.DisableConsoleColor()
	gin.DefaultErrorWriter = os.Stdout
	var now step
	r := gin.New()
	r.Use(gin.Logger(), gin.Recovery())
	r.NoRoute(func(c *gin.Context) {
		time.Sleep(time.Duration(now.TookUs) * time.Microsecond / 10)
		if now.Trouble == "crash" {
			pick(nil, 2)
		}
		if now.Trouble == "timeout" {
			_ = c.Error(fmt.Errorf("%s did not answer within %dms", now.Dep, now.CallMs))
		}
		c.String(now.Status, "{}")
	})
	for _, now = range steps {
		req := httptest.NewRequest(now.Method, now.Target, nil)
		req.RemoteAddr = now.Client + ":443"
		r.ServeHTTP(httptest.NewRecorder(), req)
		if now.Trouble == "crash" {
			if err := told.Encode(fact{"message": "panic recovered", "alt": fact{"error_type": []string{"runtime error", "panic", "runtime.Error"}, "level": []string{"error"}, "method": []string{now.Method}, "path": []string{now.Path}}}); err != nil {
				panic(err)
			}
			now.Status = 500
		}
		if err := told.Encode(fact{"kind": "request", "method": now.Method, "path": now.Path, "status": now.Status}); err != nil {
			panic(err)
		}
	}
}

func main() {
	file, err := os.Open(os.Args[2])
	if err != nil {
		panic(err)
	}
	out, err := os.Create(os.Args[3])
	if err != nil {
		panic(err)
	}
	told = json.NewEncoder(out)
	var steps []step
	for lines := bufio.NewScanner(file); lines.Scan(); {
		var s step
		if err := json.Unmarshal(lines.Bytes(), &s); err != nil {
			panic(err)
		}
		steps = append(steps, s)
	}
	var v voice
	switch os.Args[1] {
	case "zap-production":
		l, err := zap.NewProduction(zap.Fields(zap.String("service", "loan-api")))
		if err != nil {
			panic(err)
		}
		v = zapVoice{l}
	case "zap-console":
		l, err := zap.NewDevelopment()
		if err != nil {
			panic(err)
		}
		v = zapVoice{l}
	case "zerolog":
		zerolog.ErrorStackMarshaler = zerrors.MarshalStack
		v = zerologVoice{zerolog.New(os.Stdout).With().Timestamp().Str("app", "loan-api").Logger()}
	case "zerolog-console":
		zerolog.ErrorStackMarshaler = zerrors.MarshalStack
		v = zerologVoice{zerolog.New(zerolog.ConsoleWriter{Out: os.Stdout, TimeFormat: time.RFC3339, NoColor: true}).With().Timestamp().Logger()}
	case "logrus-json":
		l := logrus.New()
		l.SetFormatter(&logrus.JSONFormatter{TimestampFormat: time.RFC3339Nano})
		l.SetReportCaller(true)
		v = logrusVoice{l}
	case "klog":
		v = klogVoice{}
	case "go-log":
		log.SetFlags(log.LstdFlags | log.Lmicroseconds)
		v = stdVoice{}
	case "hclog":
		v = hclogVoice{hclog.New(&hclog.LoggerOptions{Name: "loan-api", Level: hclog.Debug})}
	case "go-kit-logfmt":
		v = kitVoice{kitlog.With(kitlog.NewLogfmtLogger(os.Stdout), "ts", kitlog.DefaultTimestampUTC, "caller", kitlog.DefaultCaller)}
	case "gin":
		playGin(steps)
		return
	}
	v.opening()
	for _, s := range steps {
		took, err := call(s)
		v.trouble(s, took, err)
		v.done(s, time.Duration(s.TookUs)*time.Microsecond+137*time.Nanosecond)
		time.Sleep(time.Duration(s.GapMs) * time.Millisecond / 40)
	}
	klog.Flush()
}
