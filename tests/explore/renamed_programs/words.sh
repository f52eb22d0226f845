echo "$1" > "./$2" & wait; cat "./$2"
