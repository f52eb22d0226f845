# Only one process writes to the file that mktemp makes; its name comes through a pipe.
file=$(mktemp)
echo c >"$file" &
wait
cat "$file"
rm "$file"
