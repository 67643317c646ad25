#!/bin/sh
# Sees to it that the programs of MariaDB are installed. Only the -core
# packages are taken: they bring no service that would start by itself.
set -eu
PATH=$PATH:/usr/sbin:/usr/local/sbin:/usr/local/bin
there() { command -v mariadbd >/dev/null && command -v mariadb-install-db >/dev/null && command -v my_print_defaults >/dev/null; }
there && exit 0
packages="mariadb-server-core mariadb-client-core"
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
	export DEBIAN_FRONTEND=noninteractive
	apt-get update -qq >&2
	# shellcheck disable=SC2086 # a list
	apt-get install -y -qq --no-install-recommends $packages >&2
	there && exit 0
fi
echo "MariaDB is missing: install it first (as root: apt-get install $packages)" >&2
exit 1
