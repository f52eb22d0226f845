"""Scripts for developers, which are not installed; write_try has its parts in try_page/."""
