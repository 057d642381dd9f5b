// Buttons that copy the text beside them, or save it as a file.
const besides = (button) => button.closest(".command, .copied, .panel").querySelector("code");

const copyText = async (element) => {
  try {
    await navigator.clipboard.writeText(element.textContent);
  } catch {
    getSelection().selectAllChildren(element);
    document.execCommand("copy");
  }
};

const save = (text, name) => {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 1000);
};

document.querySelectorAll(".copy").forEach((button) => (button.hidden = false));
document.addEventListener("click", async (event) => {
  const button = event.target instanceof Element ? event.target.closest(".copy, .download") : null;
  if (button?.classList.contains("download")) {
    save(besides(button).textContent, button.dataset.file.replace(/^(reproductions\/[^/]*|transcripts)\//, "").replaceAll("/", "-"));
  } else if (button) {
    await copyText(besides(button));
    button.textContent = "Copied";
    setTimeout(() => (button.textContent = "Copy"), 2000);
  }
});
