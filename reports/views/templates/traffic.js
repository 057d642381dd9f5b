// The transcript: unpacked when it is opened for the first time, and looked through by words of its own.
const transcript = byId("transcript");
if (transcript) {
  const list = new List(transcript);
  const find = transcript.querySelector("input");
  const look = async () => {
    await list.load();
    const words = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    const found = list.show((row) => words.every((word) => row.text.includes(word)));
    transcript.querySelector("output").textContent = words.length ? `${found.toLocaleString("en")} found` : "";
  };
  transcript.addEventListener("toggle", () => transcript.open && !list.loading && look());
  find.addEventListener("input", look);
}
