// What is wrong is read first. Older browsers give the focus at loading to fields alone.
{
  const summary = document.querySelector(".error-summary");
  if (summary && document.activeElement !== summary) summary.focus();
}
