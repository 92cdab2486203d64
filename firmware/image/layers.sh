# The two layers of the boot image: the heavy base, cached by its inputs, and our own programs. Sourced by build.

# Programs of the host that go along, each with its shared libraries.
helpers=(/usr/bin/ntfs-3g /usr/sbin/e2fsck /usr/sbin/resize2fs /usr/sbin/mkntfs)
busybox=/usr/bin/busybox
busybox_applets=(sh udhcpc ip modprobe mount umount cat ls dmesg ps kill free df dd lsmod reboot poweroff sleep vi hexdump ping wget)
# Packages of non-free-firmware that hold files which the chosen network cards and controllers ask for.
firmware_packages=(firmware-realtek firmware-bnx2 firmware-bnx2x firmware-misc-nonfree firmware-qlogic)

# "linux-image-6.1.0-N-amd64=VERSION" of the newest kernel apt offers.
kernel_package() {
  local name
  name=$(apt-cache depends linux-image-amd64 2>/dev/null | awk '/Depends: linux-image/ { print $2; exit }')
  [ -n "$name" ] || return 0
  apt-cache show "$name" | awk -v n="$name" '/^Version:/ { print n "=" $2; exit }'
}

# Everything the base depends on, as a short name.
base_key() {
  {
    echo "$1"
    cat "$here/layers.sh" "$here/modules.list" "$here/udhcpc-script"
    sha256sum "$busybox" "${helpers[@]}"
  } | sha256sum | cut -c 1-16
}

# make_base KERNEL DIRECTORY: vmlinuz, initrd.img (a compressed cpio) and summary in DIRECTORY.
make_base() {
  local kernel=$1 target=$2 root="$work/root" release
  unpack_kernel "$kernel"
  release=$(ls "$work/kernel/lib/modules")
  make_skeleton "$root"
  choose_modules "$release" "$root"
  add_firmware "$release" "$root"
  add_helpers "$root"
  mkdir "$work/base"
  install -m 644 "$work/kernel/boot/vmlinuz-$release" "$work/base/vmlinuz"
  pack_layer "$root" "$work/base/initrd.img"
  echo "$(find "$root/lib/modules/" -name '*.ko' | wc -l) modules, $(find "$root/lib/firmware/" -type f | wc -l) firmware files" \
    >"$work/base/summary"
  rm -rf "$target"
  mv "$work/base" "$target"
}

unpack_kernel() {
  (cd "$work" && apt-get -qq -o APT::Sandbox::User= download "$1")
  dpkg-deb -x "$work"/linux-image-*.deb "$work/kernel"
  rm "$work"/linux-image-*.deb
}

# Empty directories and the links of a merged /usr.
make_skeleton() {
  local name
  mkdir -p "$1"/{dev,etc/resus,mnt,proc,root,run,sys,tmp,usr/bin,usr/sbin,usr/lib,usr/lib64,usr/share/resus,var}
  for name in bin sbin lib lib64; do ln -s "usr/$name" "$1/$name"; done
  ln -s /run "$1/var/run"
  ln -s /proc/mounts "$1/etc/mtab"
  install -m 755 "$here/udhcpc-script" "$1/usr/share/resus/udhcpc-script"
}

# Copies the modules of modules.list and all they depend on, and writes the indexes for just those.
choose_modules() {
  local release=$1 root=$2 tree="$work/kernel/lib/modules/$1" pattern
  depmod -b "$work/kernel" "$release"
  grep -v -e '^#' -e '^$' "$here/modules.list" | while read -r pattern; do
    case $pattern in
      */) (cd "$tree" && find "kernel/$pattern" -name '*.ko') ;;
      *) awk -F: -v n="$pattern" '{ m = $1; sub(/.*\//, "", m); if (m == n ".ko") print $1 }' "$tree/modules.dep" ;;
    esac
  done | sort -u >"$work/wanted"
  awk -F: 'NR == FNR { want[$1] = 1; next } $1 in want { print $1; n = split($2, d, " "); for (i = 1; i <= n; i++) print d[i] }' \
    "$work/wanted" "$tree/modules.dep" | sort -u >"$work/chosen"
  mkdir -p "$root/lib/modules/$release"
  (cd "$tree" && xargs -a "$work/chosen" cp --parents -t "$root/lib/modules/$release")
  cp "$tree"/modules.{order,builtin,builtin.modinfo} "$root/lib/modules/$release/"
  depmod -b "$root" "$release"
  rm "$root/lib/modules/$release"/*.bin "$root/lib/modules/$release"/modules.{order,symbols,devname,builtin.modinfo}
}

# Firmware files the chosen modules name, as far as Debian's non-free-firmware has them.
add_firmware() {
  local release=$1 root=$2 suite apt="$work/apt" name
  suite=$(host_suite)
  mkdir -p "$root/lib/firmware"
  if ! private_apt_prepare "$apt" "$suite" non-free-firmware 2>"$work/firmware.log"; then
    echo "firmware/image/build: non-free-firmware is not reachable; the image goes without firmware files" >&2
    return 0
  fi
  (cd "$work" && private_apt "$apt" download "${firmware_packages[@]}")
  for name in "$work"/firmware-*.deb; do dpkg-deb -x "$name" "$work/firmware"; done
  find "$root/lib/modules" -name '*.ko' -print0 | xargs -0 modinfo -F firmware | sort -u |
    while read -r name; do
      [ -e "$work/firmware/lib/firmware/$name" ] || continue
      mkdir -p "$root/lib/firmware/$(dirname "$name")"
      cp -L "$work/firmware/lib/firmware/$name" "$root/lib/firmware/$name"
    done
}

add_helpers() {
  local root=$1 program applet
  install -m 755 "$busybox" "$root/usr/bin/busybox"
  for applet in "${busybox_applets[@]}"; do ln -s busybox "$root/usr/bin/$applet"; done
  ln -s ../bin/busybox "$root/usr/sbin/modprobe"  # where the kernel looks for it
  for program in "${helpers[@]}"; do
    install -m 755 "$program" "$root$program"
    add_libraries "$program" "$root"
  done
  ln -s ../bin/ntfs-3g "$root/usr/sbin/mount.ntfs"
}

# Shared libraries and the loader of a program; nothing for a static one.
add_libraries() {
  local library
  { ldd "$1" 2>/dev/null || true; } | awk '{ for (i = 1; i <= NF; i++) if ($i ~ /^\//) print $i }' | sort -u | while read -r library; do
    mkdir -p "$2$(dirname "$library")"
    install -m 755 "$(readlink -f "$library")" "$2$library"
  done
}

# make_programs_layer AGENT INIT PHONE-HOME FILE: our own programs, stripped of debug information.
make_programs_layer() {
  local agent=$1 init=$2 phone_home=$3 root="$work/programs"
  mkdir -p "$root/usr/bin" "$root/usr/lib/resus"
  strip -s -o "$root/usr/bin/resus-agent" "$agent"
  strip -s -o "$root/init" "$init"
  strip -s -o "$root/usr/lib/resus/phone-home" "$phone_home"
  chmod 755 "$root/usr/bin/resus-agent" "$root/init" "$root/usr/lib/resus/phone-home"
  add_libraries "$agent" "$root"
  add_libraries "$init" "$root"
  merge_usr "$root"
  pack_layer "$root" "$4"
}

# Libraries found under /lib or /lib64 go below /usr, where the base has its links.
merge_usr() {
  local name
  for name in lib lib64; do
    [ -d "$1/$name" ] || continue
    mkdir -p "$1/usr"
    cp -a "$1/$name" "$1/usr/"
    rm -r "${1:?}/$name"
  done
}

# pack_layer DIRECTORY FILE: sorted names, one time stamp, root as owner; padded to four bytes, because the
# kernel takes an uncompressed cpio behind it only at such a place.
pack_layer() {
  find "$1" -exec touch -h -d @0 {} +
  (cd "$1" && find . -mindepth 1 -print0 | sort -z |
    cpio --quiet --null --create --format=newc --owner=0:0 --reproducible) |
    zstd -q -19 -T0 --check -f -o "$2"
  truncate -s %4 "$2"
}
