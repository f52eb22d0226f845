// Shows in the sidebar how many core lessons the reader has done. The pages of the course store each
// in this browser (progress.js).
const CORE = [/* the core lessons */];

function showProgress() {
  const link = document.querySelector('.sidebar-tree a[href$="course/index.html"]');
  if (!link) return;
  let done = 0;
  try {
    done = CORE.filter((name) => localStorage.getItem(`simpsh-course/${name}/done`) === "true").length;
  } catch {
    // The browser refuses to store anything.
  }
  link.querySelector(".done")?.remove();
  if (done === 0) return;
  const note = document.createElement("span");
  note.className = "done";
  note.textContent = ` · ${done} of ${CORE.length} done`;
  link.append(note);
}

// A page that comes from the browser's memory shows what has been done since.
addEventListener("pageshow", showProgress);
addEventListener("storage", showProgress);
