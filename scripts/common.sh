# Shared by the scripts in this folder. Sourced, not run.

say() { printf '\033[1m==>\033[0m %s\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

as_root() {
  if [ "$(id -u)" -eq 0 ]; then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else die "needs root: run as root or install sudo"; fi
}

installed() { dpkg-query -W -f='${db:Status-Status}\n' "$1" 2>/dev/null | grep -qx installed; }

# Installs the packages that are missing, and nothing when none is.
install_packages() {
  local missing=() package
  for package in "$@"; do installed "$package" || missing+=("$package"); done
  if [ ${#missing[@]} -eq 0 ]; then say "All Debian packages are installed already"; return; fi
  say "Installing ${#missing[@]} Debian packages: ${missing[*]}"
  export DEBIAN_FRONTEND=noninteractive
  as_root apt-get -qq update
  as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends \
    -o Dpkg::Use-Pty=0 "${missing[@]}" >/dev/null
}

# Configures and builds one preset. Usage: build_preset release [target…]
build_preset() {
  local preset=$1; shift
  local launcher=()
  command -v ccache >/dev/null && launcher=(-DCMAKE_CXX_COMPILER_LAUNCHER=ccache -DCMAKE_C_COMPILER_LAUNCHER=ccache)
  say "Building preset '$preset'"
  cmake --preset "$preset" "${launcher[@]}" >"build-$preset.log" 2>&1 || { cat "build-$preset.log" >&2; return 1; }
  mkdir -p "build/$preset"; mv "build-$preset.log" "build/$preset/configure.log"
  cmake --build --preset "$preset" ${1:+--target "$@"} -- -j "$(build_jobs)"
}

# A Beast translation unit wants 0.8 GB: as many jobs as cores, but no more than memory allows.
build_jobs() {
  local cores memory
  cores=$(nproc); memory=$(awk '/MemAvailable/{print int($2/1048576)+1}' /proc/meminfo)
  echo $(( memory < cores ? memory : cores ))
}
