// On a small screen the filters would fill it before the first project; they wait behind their summary.
if (matchMedia("(max-width: 700px)").matches && document.querySelector(".found")) {
  document.querySelector(".filters-main")?.removeAttribute("open");
}
