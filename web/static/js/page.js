// What every page does by itself: the menu folds on a phone, a refusal is looked at, buttons that need a script appear.
const narrow = window.matchMedia('(max-width: 991.98px)');
const fold = document.querySelector('.nav-fold');
const arrange = () => { if (fold) fold.open = !narrow.matches; };
arrange();
narrow.addEventListener('change', arrange);

for (const button of document.querySelectorAll('[data-back]')) {
  button.hidden = history.length < 2;
  button.addEventListener('click', () => history.back());
}
for (const input of document.querySelectorAll('[data-select]')) input.addEventListener('focus', () => input.select());
document.getElementById('refusal')?.focus();
