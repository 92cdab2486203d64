# Fetches single Debian packages without changing the host's apt. Sourced, not run.
# Uses the mirror apt is set up with, a private apt directory and Debian's archive keyring, so that every
# package is checked against a signed release file.

# The mirror that serves a suite of this host: host_mirror bookworm-security
host_mirror() {
  apt-get indextargets --format '$(CODENAME) $(RELEASE) $(REPO_URI)' 'Created-By: Packages' |
    awk -v s="$1" '$1 == s || $2 == s { print $3; exit }'
}

host_suite() { (. /etc/os-release && echo "$VERSION_CODENAME"); }

# private_apt DIRECTORY SUITE COMPONENT: prepares it and reads the index. Fails when it is not reachable.
private_apt_prepare() {
  local directory=$1 suite=$2 component=$3 mirror
  local keyring=/usr/share/keyrings/debian-archive-keyring.gpg
  mirror=$(host_mirror "$(host_suite)")
  [ -n "$mirror" ] || { echo "apt knows no mirror for this host's Debian" >&2; return 1; }
  mkdir -p "$directory"/{etc/apt.conf.d,state/lists/partial,cache/archives/partial}
  echo "deb [signed-by=$keyring] $mirror $suite $component" >"$directory/etc/sources.list"
  private_apt "$directory" -o APT::Update::Error-Mode=any update
}

# private_apt DIRECTORY apt-get-arguments…
private_apt() {
  local directory=$1
  shift
  apt-get -qq -o Dir::Etc="$directory/etc" -o Dir::Etc::SourceList=sources.list \
    -o Dir::Etc::SourceParts=/dev/null -o Dir::Etc::Preferences=/dev/null \
    -o Dir::Etc::PreferencesParts=/dev/null -o Dir::State="$directory/state" \
    -o Dir::State::status=/dev/null -o Dir::Cache="$directory/cache" \
    -o Acquire::Languages=none -o APT::Architecture=amd64 -o APT::Sandbox::User= "$@"
}
