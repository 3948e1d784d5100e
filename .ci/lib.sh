# What ./run, ./test and .ci/run share: finding or installing what is missing, and a private PostgreSQL cluster.
# Sourced, never run. Talk goes to stderr.

say() { printf '%s\n' "$*" >&2; }
die() { say "error: $*"; exit 1; }

need_dotnet() {
  command -v dotnet >/dev/null 2>&1 || die "the .NET 10 SDK is needed (the command 'dotnet' was not found); install it, then run this again"
  dotnet --list-sdks | grep -q '^10\.' || die "the .NET 10 SDK is needed; found: $(dotnet --list-sdks | cut -d' ' -f1 | tr '\n' ' ')"
}

# apt_install PACKAGE... : installs from the system's packages, as root only.
apt_install() {
  [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1 ||
    die "please install: $* (for instance: sudo apt-get install $*)"
  say "installing $* ..."
  if ! DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null 2>&1; then
    apt-get update -qq >/dev/null 2>&1 || true
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null || die "could not install $*"
  fi
}

# Prints the folder of the newest PostgreSQL server binaries: $PGBIN, else the system's.
find_pgbin() {
  if [ -n "${PGBIN:-}" ] && [ -x "$PGBIN/initdb" ]; then echo "$PGBIN"; return; fi
  local dir
  for dir in $(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -t/ -k5 -Vr); do
    [ -x "$dir/initdb" ] && [ -x "$dir/postgres" ] && { echo "$dir"; return; }
  done
  return 1
}

need_pgbin() {
  PGBIN=$(find_pgbin) && { export PGBIN; return; }
  # The package would otherwise make and start a cluster of its own on the standard port.
  if [ "$(id -u)" = 0 ]; then mkdir -p /etc/postgresql-common && printf 'create_main_cluster = false\n' >/etc/postgresql-common/createcluster.conf; fi
  apt_install postgresql
  PGBIN=$(find_pgbin) || die "PostgreSQL was installed but its server binaries were not found; set PGBIN"
  export PGBIN
}

# What evidence-js is tested with: its one dependency and the type checker, at the versions of its lock file.
need_evidence_js() {
  local js=$top/src/evidence-js
  [ "$js/node_modules/.package-lock.json" -nt "$js/package-lock.json" ] && return
  command -v npm >/dev/null 2>&1 || apt_install nodejs npm
  say "installing what evidence-js is tested with ..."
  npm ci --silent --no-audit --no-fund --omit-lockfile-registry-resolved --prefix "$js" >&2 || die "npm ci failed in $js"
}

# The S3 server that the tests of the blob store start themselves.
need_s3_server() {
  local s3=$top/tests/s3
  [ "$s3/node_modules/.package-lock.json" -nt "$s3/package-lock.json" ] && return
  command -v npm >/dev/null 2>&1 || apt_install nodejs npm
  say "installing the S3 server of the tests ..."
  npm ci --silent --no-audit --no-fund --ignore-scripts --omit-lockfile-registry-resolved --prefix "$s3" >&2 || die "npm ci failed in $s3"
}

# The accessibility checker that the browser tests run on every page.
need_axe() {
  local axe=$top/tests/axe
  [ "$axe/node_modules/.package-lock.json" -nt "$axe/package-lock.json" ] && return
  command -v npm >/dev/null 2>&1 || apt_install nodejs npm
  say "installing the accessibility checker of the tests ..."
  npm ci --silent --no-audit --no-fund --ignore-scripts --omit-lockfile-registry-resolved --prefix "$axe" >&2 || die "npm ci failed in $axe"
}

free_port() {
  local port
  for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
    port=$((20000 + (RANDOM % 20000)))
    (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
  done
  die "no free port on 127.0.0.1"
}

# PostgreSQL refuses to run as root, so as root it runs as 'postgres', or as nobody where that user is missing.
as_pg() {
  if [ "$(id -u)" != 0 ]; then "$@"; return; fi
  local user=65534 group=65534
  if id postgres >/dev/null 2>&1; then user=$(id -u postgres); group=$(id -g postgres); fi
  setpriv --reuid="$user" --regid="$group" --clear-groups "$@"
}

# pg_start DIR : makes the cluster on the first run, starts it, and sets PG_CONNECTION.
pg_start() {
  local dir=$1 port secret
  secret=$dir.password
  mkdir -p "$dir"
  if [ "$(id -u)" = 0 ]; then
    chown "$(id -u postgres 2>/dev/null || echo 65534):$(id -g postgres 2>/dev/null || echo 65534)" "$dir"
  fi
  chmod 700 "$dir"
  as_pg test -w "$dir" || die "PostgreSQL cannot reach $dir (a folder above it is closed to other users); choose another place with --data DIR"
  if [ ! -f "$dir/data/PG_VERSION" ]; then
    (umask 077 && head -c 24 /dev/urandom | base64 | tr -d '/+=\n' >"$secret") || die "cannot write $secret"
    [ "$(id -u)" != 0 ] || chown --reference="$dir" "$secret"
    as_pg "$PGBIN/initdb" -D "$dir/data" -U moderation -A scram-sha-256 --pwfile="$secret" -E UTF8 --locale=C.UTF-8 >/dev/null ||
      die "initdb failed"
  fi
  port=$(free_port)
  as_pg "$PGBIN/pg_ctl" -D "$dir/data" -l "$dir/server.log" -w -t 30 \
    -o "-c listen_addresses=127.0.0.1 -c port=$port -c unix_socket_directories='' -c logging_collector=off" start >/dev/null ||
    die "PostgreSQL did not start; see $dir/server.log"
  PG_CONNECTION="Host=127.0.0.1;Port=$port;Username=moderation;Password=$(cat "$secret");Database=moderation"
}

pg_stop() { as_pg "$PGBIN/pg_ctl" -D "$1/data" -m fast -w -t 30 stop >/dev/null 2>&1 || true; }
