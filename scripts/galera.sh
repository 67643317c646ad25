#!/bin/sh
# Tries two replicas on three nodes of MariaDB's Galera, on this machine: while
# examples/cluster works, nodes are killed, frozen and cut off in turn, and come
# back. Ends with 0 if nothing was lost, done twice or behind, and the checks are
# clean. Everything is below a temporary folder, and is stopped at the end.
set -eu
PATH=$PATH:/usr/sbin:/usr/local/sbin:/usr/local/bin
packages="mariadb-server-core mariadb-client-core galera-4 rsync iproute2"
library() {
	for f in /usr/lib/libgalera_smm.so /usr/lib/galera/libgalera_smm.so /usr/lib64/galera-4/libgalera_smm.so; do
		if [ -e "$f" ]; then echo "$f" && return; fi
	done
	return 1
}
there() {
	for program in mariadbd mariadb-install-db mariadb rsync ss; do command -v $program >/dev/null || return 1; done
	library >/dev/null
}
if ! there && [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
	apt-get update -qq >&2
	# shellcheck disable=SC2086 # a list
	DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $packages >&2
fi
there || { echo "Galera is missing: install it first (as root: apt-get install $packages)" >&2; exit 1; }

scratch=$(mktemp -d "${TMPDIR:-/tmp}/portico-galera.XXXXXX")
chmod 755 "$scratch"
others="" # the processes that aren't nodes

pid() { cat "$scratch/$1/pid" 2>/dev/null || true; }
# ended waits until a process has ended, so many seconds at most.
ended() {
	left=$2
	while kill -0 "$1" 2>/dev/null; do
		[ "$left" -gt 0 ] || return 1
		left=$((left - 1))
		sleep 1
	done
}
clean() {
	code=$?
	trap - EXIT INT TERM HUP
	all=$others
	for n in 1 2 3; do all="$all $(pid $n)"; done
	for p in $all; do
		kill -CONT "$p" 2>/dev/null || continue
		kill -TERM "$p" 2>/dev/null || true
	done
	for p in $all; do
		ended "$p" 30 || kill -KILL "$p" 2>/dev/null || true
	done
	for n in 1 2 3; do # what a transfer that was cut off has left
		p=$(cat "$scratch/$n/data/rsync_sst.pid" 2>/dev/null || true)
		[ -z "$p" ] || kill -KILL "$p" 2>/dev/null || true
	done
	[ "$code" = 0 ] || tail -n 5 "$scratch"/*.log "$scratch"/*/log.err >&2 2>/dev/null || true
	rm -rf "$scratch"
	exit "$code"
}
trap clean EXIT
trap 'exit 130' INT
trap 'exit 143' TERM HUP

# The scripts of the transfer come with mariadb-server, whose service isn't wanted.
if ! command -v wsrep_sst_rsync >/dev/null; then
	(cd "$scratch" && apt-get download -qq -o APT::Sandbox::User=root mariadb-server >&2 && dpkg-deb -x mariadb-server_*.deb sst) ||
		{ echo "wsrep_sst_rsync is missing: it comes with MariaDB's server package" >&2; exit 1; }
	PATH=$scratch/sst/usr/bin:$PATH
fi

next=$((20000 + $$ % 9000))
# free sets port to one that nobody listens on.
free() {
	while next=$((next + 1)) && [ -n "$(ss -Hltn "sport = :$next")" ]; do :; done
	port=$next
}
peers=""
hosts=""
for n in 1 2 3; do
	free && eval "sql$n=$port" && hosts=$hosts${hosts:+,}127.0.0.1:$port
	free && eval "group$n=$port" && peers=$peers${peers:+,}127.0.0.1:$port
	free && eval "ist$n=$port"
	free && eval "sst$n=$port"
done

# value is the value of a variable with a number at its name's end.
value() { eval "echo \$$1$2"; }
sql() { n=$1 && shift && mariadb --no-defaults -u root -S "$scratch/$n/socket" -N -e "$*"; }
state() { sql "$1" "SHOW STATUS LIKE 'wsrep_local_state_comment'" 2>/dev/null | cut -f 2; }
synced() {
	for _ in $(seq 120); do
		[ "$(state "$1")" = Synced ] && return
		sleep 1
	done
	echo "node $1 isn't back" >&2
	exit 1
}
# start starts a node; with --wsrep-new-cluster it is the first.
start() {
	n=$1 && shift
	mariadbd --defaults-file="$scratch/$n/my.cnf" "$@" >/dev/null 2>&1 &
	echo $! >"$scratch/$n/pid"
}
# end ends a node at once.
end() {
	kill -KILL "$(pid "$1")"
	ended "$(pid "$1")" 30
}
# back starts a node where it was, so that it is given only what it has missed.
back() {
	mariadbd --defaults-file="$scratch/$1/my.cnf" --wsrep-recover --log-error="$scratch/$1/recovered.err" >/dev/null 2>&1
	at=$(sed -n 's/.*Recovered position: *//p' "$scratch/$1/recovered.err" | tail -n 1)
	start "$1" ${at:+--wsrep-start-position="$at"}
}

for n in 1 2 3; do
	mkdir -p "$scratch/$n/data"
	cat >"$scratch/$n/my.cnf" <<EOF
[mysqld]
datadir = $scratch/$n/data
socket = $scratch/$n/socket
log-error = $scratch/$n/log.err
port = $(value sql $n)
bind-address = 127.0.0.1
character-set-server = utf8mb4
binlog_format = ROW
innodb_autoinc_lock_mode = 2
innodb_flush_log_at_trx_commit = 2
innodb_buffer_pool_size = 64M
wsrep_on = ON
wsrep_provider = $(library)
wsrep_cluster_name = portico
wsrep_cluster_address = gcomm://$peers
wsrep_node_name = node$n
wsrep_node_address = 127.0.0.1
wsrep_sst_method = rsync
wsrep_sst_receive_address = 127.0.0.1:$(value sst $n)
wsrep_provider_options = "base_port=$(value group $n);gmcast.listen_addr=tcp://127.0.0.1:$(value group $n);ist.recv_addr=127.0.0.1:$(value ist $n);gcache.size=64M"
EOF
	# As root, rsync would write the transferred files as nobody.
	if [ "$(id -u)" = 0 ]; then echo "user = nobody" >>"$scratch/$n/my.cnf"; fi
	mariadb-install-db --defaults-file="$scratch/$n/my.cnf" --auth-root-authentication-method=normal --skip-test-db >"$scratch/$n/install.log" 2>&1
	if [ "$(id -u)" = 0 ]; then chown -R nobody "$scratch/$n"; fi
done
echo "three nodes: $hosts"
start 1 --wsrep-new-cluster && synced 1
start 2 && synced 2
start 3 && synced 3
sql 1 "CREATE DATABASE portico CHARACTER SET utf8mb4; CREATE USER portico@'127.0.0.1' IDENTIFIED BY 'secret'; GRANT ALL ON portico.* TO portico@'127.0.0.1'"

go build -o "$scratch/portico" ./cmd/portico
go build -o "$scratch/cluster" ./examples/cluster
export PORTICO_DATABASE="portico:secret@tcp($hosts)/portico" PORTICO_DATA="$scratch/data" PORTICO_DEMONSTRATION=false
urls=""
for r in 1 2; do
	free && listen=$port && free
	"$scratch/portico" serve --sandbox --migrate --listen "127.0.0.1:$listen" --private "127.0.0.1:$port" >"$scratch/replica$r.log" 2>&1 &
	others="$others $!"
	urls=$urls${urls:+,}http://127.0.0.1:$listen
	for _ in $(seq 60); do
		grep -q '"msg":"listening"' "$scratch/replica$r.log" && break
		sleep 1
	done
done
"$scratch/cluster" -urls "$urls" -logins "$scratch/data/logins.json" -customers 3 -for 1h &
work=$!
others="$others $work"
sleep 10

echo "node 1 is killed, and comes back with what it has missed" && end 1 && sleep 8 && back 1 && synced 1 && sleep 5
echo "node 2 is killed, and is given everything anew" && end 2 && sleep 8 && rm -f "$scratch/2/data/grastate.dat" && start 2 && synced 2 && sleep 5
echo "node 1 is frozen for 15 seconds" && kill -STOP "$(pid 1)" && sleep 15 && kill -CONT "$(pid 1)" && sleep 8 && synced 1
for n in 1 2 3; do
	echo "node $n is cut off from the others for 12 seconds" && sql $n "SET GLOBAL wsrep_provider_options = 'gmcast.isolate=1'" && sleep 12
	sql "$n" "SET GLOBAL wsrep_provider_options = 'gmcast.isolate=0'" && sleep 5 && synced "$n"
done
echo "nodes 2 and 3 end, one after the other" && for n in 2 3; do kill -TERM "$(pid $n)" && ended "$(pid $n)" 60 && sleep 5; done
start 2 && synced 2 && start 3 && synced 3 && sleep 5

kill -TERM $work
wait $work
"$scratch/portico" ledger check
"$scratch/portico" standing check
