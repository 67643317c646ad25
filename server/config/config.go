// Package config checks the settings of a server and opens what they name: keys, the
// data folder, uploaded files, payment channels, carriers of messages.
package config

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/mail"
	"net/netip"
	"net/url"
	"path/filepath"
	"strconv"
	"time"

	"gocloud.dev/blob"
	"gocloud.dev/blob/fileblob"

	"portico/ent/db/message"
	"portico/portal/kernel/outbox"
	"portico/server/transport"
)

// Config holds the settings of a server. Each setting is a flag, an environment variable
// (PORTICO_ and the flag's name in capitals), and a key in the file of --config. The tags
// give its meaning, unit and default.
type Config struct {
	Data                string        `help:"Folder of the database, the keys and uploaded files; created if it doesn't exist." default:"./data" env:"PORTICO_DATA"`
	Database            string        `help:"Database: sqlite:PATH, or a MySQL or MariaDB DSN such as user:password@tcp(host:3306)/portico; the nodes of a cluster, as in tcp(host1:3306,host2:3306), are tried in their order. Empty is sqlite:portico.db in the data folder." env:"PORTICO_DATABASE"`
	Connections         int           `help:"Maximum number of connections to the database that one process opens; on SQLite, of connections that read. 0 is 4 for each processor, at least 8, and at most a quarter of the server's max_connections." default:"0" env:"PORTICO_CONNECTIONS"`
	ConnectionsIdle     int           `help:"Maximum number of idle connections to the database that stay open. 0 is all." default:"0" env:"PORTICO_CONNECTIONS_IDLE"`
	ConnectionLifetime  time.Duration `help:"Age at which a connection to the database server is replaced." default:"30m" env:"PORTICO_CONNECTION_LIFETIME"`
	ConnectionIdleTime  time.Duration `help:"Time after which an idle connection to the database server is closed; keep it below the server's wait_timeout." default:"5m" env:"PORTICO_CONNECTION_IDLE_TIME"`
	Statements          int           `help:"Maximum number of prepared statements on all connections of one process together; the least recently used one is closed for a new one, and a statement that isn't prepared runs as text. 0 is 4000, and at most a quarter of the server's max_prepared_stmt_count." default:"0" env:"PORTICO_STATEMENTS"`
	DatabaseDial        time.Duration `help:"Maximum time for connecting to the database server." default:"5s" env:"PORTICO_DATABASE_DIAL"`
	DatabaseRead        time.Duration `help:"Maximum time in which the database server may execute one statement, including statements of migrations and checks; a request has its own, shorter time." default:"15m" env:"PORTICO_DATABASE_READ"`
	DatabaseWrite       time.Duration `help:"Maximum time in which the database server must accept a statement." default:"1m" env:"PORTICO_DATABASE_WRITE"`
	Migrate             bool          `help:"Apply pending migrations at start. Always done on SQLite." env:"PORTICO_MIGRATE"`
	Keys                string        `help:"File of the keys that seal personal data. Empty is keys.json in the data folder, created on first start. All replicas must use the same file." env:"PORTICO_KEYS"`
	Blobs               string        `help:"Storage of uploaded files, as a URL of gocloud.dev/blob; this build supports file:///PATH. Empty is the folder files in the data folder." env:"PORTICO_BLOBS"`
	Channels            string        `help:"JSON file of the payment channels: alipay, wechatPay, onlineBank, bankTransfer, with their keys in PEM. Empty is none." env:"PORTICO_CHANNELS"`
	InvoiceFont         []string      `help:"TrueType font for characters of invoices that the built-in font (Noto Sans SC) lacks. Several fonts are tried in their order." env:"PORTICO_INVOICE_FONT"`
	InvoiceSeller       string        `help:"Name of the contracting body that issues invoices. Empty issues no invoices; the sandbox has a demonstration name." env:"PORTICO_INVOICE_SELLER"`
	InvoiceSellerNumber string        `help:"Unified social credit code of the body that issues invoices." env:"PORTICO_INVOICE_SELLER_NUMBER"`
	Listen              string        `help:"Address of the API, host:port." default:"127.0.0.1:8080" env:"PORTICO_LISTEN"`
	Private             string        `help:"Address of metrics and profiles, host:port; keep it private. Empty switches them off." default:"127.0.0.1:9090" env:"PORTICO_PRIVATE"`
	BaseURL             string        `help:"URL at which clients reach the API; links begin with it. Empty is http:// and the address of --listen." env:"PORTICO_BASE_URL"`
	Origins             []string      `help:"Origins of frontends on other hosts, such as https://console.example.com, whose pages may call the API and open its websockets from a browser, also with the cookies of a session (CORS). Wildcards aren't allowed; empty allows only the server's own origin." env:"PORTICO_ORIGINS"`
	FrontendURL         string        `help:"URL of the frontend that links in mails and short messages lead to: the paths verify-email, undo-email and invitation below it, with the parameter token. Empty is this server's own plain pages." env:"PORTICO_FRONTEND_URL"`
	PasskeyDomain       string        `help:"Domain that passkeys are made for: a host such as portal.example.com, or a domain above the hosts of all frontends, such as example.com. Passkeys of another domain don't work any more. Empty is the host of --frontend-url, or else of --base-url; on an IP address there are no passkeys." env:"PORTICO_PASSKEY_DOMAIN"`
	TrustedProxies      []string      `help:"Networks (CIDR) of proxies whose X-Forwarded-For header is trusted." env:"PORTICO_TRUSTED_PROXIES"`
	Sandbox             bool          `help:"Run as a sandbox: messages are recorded instead of sent, payments on the channel SANDBOX are made by hand, and the clock can be moved. Never for real customers." env:"PORTICO_SANDBOX"`
	Demonstration       bool          `help:"Create three months of demonstration data in a sandbox that starts on an empty database." default:"true" negatable:"" env:"PORTICO_DEMONSTRATION"`
	Graphiql            bool          `help:"Serve GraphiQL at /graphiql/. Always on in the sandbox." env:"PORTICO_GRAPHIQL"`
	Introspection       bool          `help:"Answer introspection, and suggest names in validation messages." default:"true" negatable:"" env:"PORTICO_INTROSPECTION"`
	Trust               string        `help:"Trusted documents: off, allow, or require." default:"off" env:"PORTICO_TRUST"`
	Documents           []string      `help:"Manifests of trusted documents (Relay, client-preset, Apollo)." env:"PORTICO_DOCUMENTS"`
	Budget              int64         `help:"Declared cost, in points, that one principal, or one address that isn't signed in, may spend in a minute (5.4); a service credential may spend four times as much. A processor handles about 600,000 points a minute. -1 is 75,000 for each processor, an eighth of the machine; 0 is no limit." default:"-1" env:"PORTICO_BUDGET"`
	VisitorCommands     int64         `help:"Maximum number of times in an hour that one address that isn't signed in may run one operation that writes, on all processes together (5.4)." default:"3000" env:"PORTICO_VISITOR_COMMANDS"`
	OpenRequests        int           `help:"Maximum number of concurrent requests of one principal, or of one address that isn't signed in, on one process; a service credential may have four times as many (5.4)." default:"64" env:"PORTICO_OPEN_REQUESTS"`
	OpenTotal           int           `help:"Maximum number of concurrent requests on one process in total; streams aren't counted." default:"2000" env:"PORTICO_OPEN_TOTAL"`
	BodyLimit           int64         `help:"Maximum size of a request body, in bytes; a service credential may send four times as much." default:"1048576" env:"PORTICO_BODY_LIMIT"`
	RequestTimeout      time.Duration `help:"Maximum time for one request, including its authentication; a body adds one second for each 32 KiB, up to a minute. A request that takes longer is answered TIMEOUT, 503." default:"30s" env:"PORTICO_REQUEST_TIMEOUT"`
	LiveInit            time.Duration `help:"Time within which the client of a websocket must authenticate." default:"10s" env:"PORTICO_LIVE_INIT"`
	LivePing            time.Duration `help:"Interval of pings on a stream; a websocket that doesn't answer one ping before the next is closed." default:"15s" env:"PORTICO_LIVE_PING"`
	LivePoll            time.Duration `help:"Interval at which a process looks for new notices while a stream follows them; it takes one statement." default:"1s" env:"PORTICO_LIVE_POLL"`
	LiveCheck           time.Duration `help:"Interval at which a process checks the sessions of its open streams; it takes one statement. A session that this process ends takes effect at once." default:"5s" env:"PORTICO_LIVE_CHECK"`
	LiveAccount         int           `help:"Maximum number of streams that follow the notices of one account, on one process." default:"100" env:"PORTICO_LIVE_ACCOUNT"`
	LiveOperations      int           `help:"Maximum number of concurrent operations on one websocket." default:"20" env:"PORTICO_LIVE_OPERATIONS"`
	LiveStreams         int           `help:"Maximum number of open streams of one principal, or of one address that isn't signed in, on one process." default:"50" env:"PORTICO_LIVE_STREAMS"`
	LiveTotal           int           `help:"Maximum number of open streams of all principals together, on one process." default:"10000" env:"PORTICO_LIVE_TOTAL"`
	Drain               time.Duration `help:"Time for which a server that received SIGTERM continues to serve, with 503 at /readyz, before it refuses new connections. An interrupt (Ctrl-C) doesn't wait." default:"5s" env:"PORTICO_DRAIN"`
	StopTimeout         time.Duration `help:"Maximum time that a stop waits for running requests and jobs." default:"20s" env:"PORTICO_STOP_TIMEOUT"`
	ClockSkew           time.Duration `help:"Maximum difference between this machine's clock and the database's. Beyond it no job runs on this machine, and /readyz reports it." default:"5s" env:"PORTICO_CLOCK_SKEW"`
	SMTP                string        `help:"Mail server: smtp://user:password@host:587 (with STARTTLS, which only a server on this machine may lack) or smtps://user:password@host:465. Empty keeps mails in the outbox, as the sandbox always does." env:"PORTICO_SMTP"`
	MailFrom            string        `help:"Sender of mails." default:"portico@localhost" env:"PORTICO_MAIL_FROM"`
	SMSWebhook          string        `help:"URL that short messages are posted to as JSON, signed as Standard Webhooks describes. Empty keeps them in the outbox." env:"PORTICO_SMS_WEBHOOK"`
	SMSSecret           string        `help:"Secret of the SMS webhook: whsec_ and the base64 of at least 24 bytes." env:"PORTICO_SMS_SECRET"`
	Captchas            []string      `help:"Kinds of captcha that are offered: PICTURE, PROOF_OF_WORK." default:"PICTURE,PROOF_OF_WORK" env:"PORTICO_CAPTCHAS"`
	CaptchaDifficulty   int           `help:"Leading zero bits of a proof of work, 8 to 26; each additional bit doubles the work of the browser." default:"18" env:"PORTICO_CAPTCHA_DIFFICULTY"`
	MemoryLimit         int64         `help:"Soft memory limit of the process, in MiB; 0 is three quarters of the memory of the machine or the container (cgroup). GOMEMLIMIT takes precedence." default:"0" env:"PORTICO_MEMORY_LIMIT"`
	LogLevel            string        `help:"Lowest level that is logged: debug, info, warn, error." default:"info" enum:"debug,info,warn,error" env:"PORTICO_LOG_LEVEL"`
	Quiet               bool          `help:"Run no jobs and send no messages, for checking a restored backup." env:"PORTICO_QUIET"`
	// Existing refuses a missing key file, or a database that was never used, instead
	// of creating them.
	Existing bool `kong:"-"`
	proxies  []netip.Prefix
}

// Check fills in the defaults that depend on other settings, and refuses a wrong setting
// with an error that names it.
func (c *Config) Check() error {
	if c.Database == "" {
		c.Database = "sqlite:" + filepath.Join(c.Data, "portico.db")
	}
	if c.Keys == "" {
		c.Keys = filepath.Join(c.Data, "keys.json")
	}
	if err := hostPort("listen", c.Listen); err != nil {
		return err
	}
	if c.Private != "" {
		if err := hostPort("private", c.Private); err != nil {
			return err
		}
	}
	if c.BaseURL == "" {
		c.BaseURL = "http://" + c.Listen
	}
	if u, err := url.Parse(c.BaseURL); err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return Wrong("base-url", "want http:// or https:// and a host")
	}
	if err := c.checkOrigins(); err != nil {
		return err
	}
	if u, err := url.Parse(c.FrontendURL); c.FrontendURL != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.RawQuery != "" || u.Fragment != "") {
		return Wrong("frontend-url", "want http:// or https:// and a host, without ? and #")
	}
	if err := c.checkPasskeyDomain(); err != nil {
		return err
	}
	for _, p := range c.TrustedProxies {
		prefix, err := netip.ParsePrefix(p)
		if err != nil {
			return Wrong("trusted-proxies", "want networks such as 10.0.0.0/8")
		}
		c.proxies = append(c.proxies, prefix)
	}
	if _, err := transport.ParseTrust(c.Trust); err != nil {
		return Wrong("trust", "want off, allow or require")
	}
	if c.LogLevel == "" {
		c.LogLevel = "info"
	}
	if err := new(slog.LevelVar).UnmarshalText([]byte(c.LogLevel)); err != nil {
		return Wrong("log-level", "want debug, info, warn or error")
	}
	return c.checkFigures()
}

func (c *Config) checkFigures() error {
	switch {
	case c.Trust != "off" && len(c.Documents) == 0:
		return Wrong("documents", "trusted documents require a manifest")
	case c.Budget < -1:
		return Wrong("budget", "want 0 or more points, or -1")
	case c.VisitorCommands < 0:
		return Wrong("visitor-commands", "want 1 or more")
	case c.OpenRequests < 0 || c.OpenTotal < 0:
		return Wrong("open-requests, --open-total", "want 1 or more")
	case c.BodyLimit < 1024:
		return Wrong("body-limit", "want at least 1024 bytes")
	case c.RequestTimeout < 100*time.Millisecond:
		return Wrong("request-timeout", "want at least 100ms")
	case c.LiveInit < 0 || c.LivePing < 0 || c.LivePoll < 0 || c.LiveCheck < 0:
		return Wrong("live-init, --live-ping, --live-poll, --live-check", "want times above 0s")
	case c.LiveAccount < 0 || c.LiveOperations < 0 || c.LiveStreams < 0 || c.LiveTotal < 0:
		return Wrong("live-account, --live-operations, --live-streams, --live-total", "want 1 or more")
	case c.Drain < 0:
		return Wrong("drain", "want 0s or more")
	case c.StopTimeout < 0:
		return Wrong("stop-timeout", "want 0s or more")
	case c.ClockSkew < 0:
		return Wrong("clock-skew", "want a time above 0s")
	case c.MemoryLimit < 0:
		return Wrong("memory-limit", "want 0 or more MiB")
	}
	if err := c.checkPool(); err != nil {
		return err
	}
	if _, err := c.challenges(); err != nil {
		return err
	}
	_, err := c.carriers()
	return err
}

// carriers returns the carriers of mails and short messages.
func (c *Config) carriers() (outbox.Deliverers, error) {
	carriers := outbox.Deliverers{}
	if _, err := mail.ParseAddress(c.MailFrom); err != nil && (c.SMTP != "" || c.MailFrom != "") {
		return nil, Wrong("mail-from", "want an e-mail address, optionally with a name")
	}
	if c.SMTP != "" {
		d, err := outbox.Mail(c.SMTP, c.MailFrom)
		if err != nil {
			return nil, Wrong("smtp", err.Error())
		}
		carriers[message.ChannelEMAIL] = d
	}
	switch {
	case c.SMSWebhook != "":
		if _, err := outbox.NewSigner(c.SMSSecret); err != nil {
			return nil, Wrong("sms-secret", err.Error())
		}
		if err := encryptedOrHere(c.SMSWebhook); err != nil {
			return nil, Wrong("sms-webhook", err.Error())
		}
		d, err := outbox.SMS(c.SMSWebhook, c.SMSSecret)
		if err != nil {
			return nil, Wrong("sms-webhook", err.Error())
		}
		carriers[message.ChannelSMS] = d
	case c.SMSSecret != "":
		return nil, Wrong("sms-webhook", "a secret is given, but no URL")
	}
	return carriers, nil
}

// encryptedOrHere refuses a URL without HTTPS, unless it is on this machine: codes would
// be sent unencrypted.
func encryptedOrHere(to string) error {
	u, err := url.Parse(to)
	if err != nil || u.Scheme == "https" {
		return nil // a malformed URL is refused elsewhere
	}
	host := u.Hostname()
	if a, err := netip.ParseAddr(host); host == "localhost" || err == nil && a.Unmap().IsLoopback() {
		return nil
	}
	return errors.New("want https:// (http:// is allowed only to this machine)")
}

// Wrong returns the error of a wrong setting: the name of its flag, and what is wanted.
func Wrong(setting, want string) error { return fmt.Errorf("setting --%s: %s", setting, want) }

func hostPort(setting, s string) error {
	_, port, err := net.SplitHostPort(s)
	if n, e := strconv.ParseUint(port, 10, 16); err != nil || e != nil || n > 65535 {
		return Wrong(setting, "want host:port")
	}
	return nil
}

// Proxies returns the networks of --trusted-proxies. The settings must have been
// checked.
func (c *Config) Proxies() []netip.Prefix { return c.proxies }

// OpenFiles opens the storage of uploaded files. The caller closes it.
func (c *Config) OpenFiles(ctx context.Context) (*blob.Bucket, error) {
	var bucket *blob.Bucket
	var err error
	if c.Blobs == "" {
		bucket, err = fileblob.OpenBucket(filepath.Join(c.Data, "files"), &fileblob.Options{CreateDir: true, DirFileMode: 0o700, Metadata: fileblob.MetadataDontWrite})
	} else {
		bucket, err = blob.OpenBucket(ctx, c.Blobs)
	}
	if err != nil {
		return nil, fmt.Errorf("setting --blobs: %w", err)
	}
	return bucket, nil
}
