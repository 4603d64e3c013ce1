// Shows the Word file of every <div data-document="URL"> in the page.
import { renderAsync } from 'docx-preview';

async function show(holder) {
  const answer = await fetch(holder.dataset.document);
  if (!answer.ok) throw new Error(`${answer.status}`);
  holder.replaceChildren();
  await renderAsync(await answer.blob(), holder, null, { inWrapper: true, ignoreLastRenderedPageBreak: false });
  holder.dataset.ready = 'true';
}

for (const holder of document.querySelectorAll('[data-document]')) {
  show(holder).catch((error) => {
    holder.textContent = `${holder.dataset.error || '无法预览，请下载后查看'} (${error.message})`;
  });
}
