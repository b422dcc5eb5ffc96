# To be sourced: Debian packages that something needs, noted one by one and installed together.
missing=

need() { # package, test command ...
  package=$1
  shift
  "$@" >/dev/null 2>&1 || missing="$missing $package"
}
has_postgresql() { command -v initdb || ls /usr/lib/postgresql/*/bin/initdb; }
# Debian keeps it where only root looks.
has_nginx() { command -v nginx || [ -x /usr/sbin/nginx ]; }

lists_are_new() { # once in a script
  [ -n "${brought:-}" ] || $sudo apt-get -qq -o DPkg::Lock::Timeout=300 update && brought=yes
}

install_missing() { # who needs them
  [ -n "$missing" ] || return 0
  command="apt-get install -y --no-install-recommends$missing"
  if [ "$(id -u)" = 0 ]; then
    sudo=
  elif [ -t 0 ]; then
    sudo=sudo
  else
    sudo="sudo -n"
  fi
  if ! command -v apt-get >/dev/null || { [ -n "$sudo" ] && ! $sudo true 2>/dev/null; }; then
    echo "$1 these Debian packages or their like, and they cannot be installed from here:$missing." >&2
    exit 1
  fi
  echo "$1 these packages, which are being installed:$missing"
  export DEBIAN_FRONTEND=noninteractive
  # The wait: another apt-get may be at work.
  if ! { lists_are_new && $sudo $command -qq -o DPkg::Lock::Timeout=300; } </dev/null >"${log:=$(mktemp)}" 2>&1; then
    tail -n 20 "$log" >&2
    echo "The packages could not be installed, see above; this is the command: $command" >&2
    exit 1
  fi
  rm -f "$log"
}
