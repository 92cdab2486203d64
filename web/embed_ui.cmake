# Writes one .cpp with every file of the interface, plain and gzipped, and a hash over all of them.
# Usage: cmake -DUI=<folder> -DOUT=<file.cpp> -P embed_ui.cmake
file(GLOB_RECURSE files RELATIVE ${UI} ${UI}/*)
list(FILTER files EXCLUDE REGEX "node_modules/")
list(SORT files)

set(all "")
foreach(name ${files})
  file(SHA256 ${UI}/${name} hash)
  string(APPEND all "${name} ${hash}\n")
endforeach()
string(SHA256 tree "${all}")
string(SUBSTRING ${tree} 0 16 tree)

set(work ${OUT}.parts)
file(REMOVE_RECURSE ${work})
file(MAKE_DIRECTORY ${work})

function(array name file out)
  file(READ ${file} hex HEX)
  string(REGEX REPLACE "(..)" "0x\\1," bytes "${hex}")
  set(${out} "constexpr unsigned char ${name}[] = {${bytes}0};\n" PARENT_SCOPE)
endfunction()

# Lines that only explain, and types said within a line, stay behind: they are for readers of the source and cost no user a
# byte. tests/ui/served.mjs does the same and is compared with what a depot serves.
function(without_comments file)
  file(READ ${file} text)
  string(PREPEND text "\n")
  string(REGEX REPLACE "\n[ \t]*//[^\n]*" "" text "${text}")
  foreach(time 1 2)  # two in a row share a line end
    string(REGEX REPLACE "\n[ \t]*/\\*\\*([^*]|\\*+[^*/])*\\*+/\n" "\n" text "${text}")
  endforeach()
  string(REGEX REPLACE "/\\*\\* @type [^*]*\\*/ ?" "" text "${text}")
  string(SUBSTRING "${text}" 1 -1 text)
  file(WRITE ${file} "${text}")
endfunction()

set(arrays "")
set(rows "")
set(number 0)
foreach(name ${files})
  set(plain ${work}/${number})
  if(name STREQUAL "index.html")
    file(READ ${UI}/${name} page)
    string(REPLACE "__UI__" "/ui/${tree}" page "${page}")
    file(WRITE ${plain} "${page}")
  else()
    file(COPY_FILE ${UI}/${name} ${plain})
    if(name MATCHES "\\.js$" AND NOT name MATCHES "^vendor/")  # there the comment is the licence
      without_comments(${plain})
    endif()
  endif()
  execute_process(COMMAND gzip -9 -n -c ${plain} OUTPUT_FILE ${plain}.gz COMMAND_ERROR_IS_FATAL ANY)
  file(SHA256 ${plain} hash)
  array(plain_${number} ${plain} text)
  string(APPEND arrays "${text}")
  array(gzip_${number} ${plain}.gz text)
  string(APPEND arrays "${text}")
  string(APPEND rows "    {\"${name}\", bytes(plain_${number}, sizeof plain_${number}), bytes(gzip_${number}, sizeof gzip_${number}), \"\\\"${hash}\\\"\"},\n")
  math(EXPR number "${number} + 1")
endforeach()
file(REMOVE_RECURSE ${work})

file(WRITE ${OUT} "// Made by web/embed_ui.cmake.
#include \"web/depot/ui_assets.hpp\"

namespace resus::depot {
namespace {
${arrays}
std::string_view bytes(const unsigned char* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size - 1};
}
}  // namespace

std::string_view ui_tree_hash() { return \"${tree}\"; }

const std::vector<UiAsset>& ui_assets() {
  static const std::vector<UiAsset> assets = {
${rows}  };
  return assets;
}

}  // namespace resus::depot
")
