printf '%s\n' "$1" > "./$2" & wait; cat "./$2"
