" vastlint in Vim 8 without a language client: put this file into ~/.vim/plugin/.
"
"   :Vastlint      the findings of the repository in the quickfix list
"   :VastlintFix   every safe fix in the buffer, saved or not

if exists('g:loaded_vastlint')
  finish
endif
let g:loaded_vastlint = 1

function! s:find() abort
  let l:folder = fnamemodify(finddir('.git', expand('%:p:h') . ';'), ':p:h:h')
  let l:lines = systemlist('cd ' . shellescape(l:folder) . ' && vastlint --quiet --format concise --show all')
  let l:format = '%f:%l:%c: %m'
  call setqflist([], ' ', {'title': 'vastlint', 'efm': l:format,
        \ 'lines': map(l:lines, {_, line -> l:folder . '/' . line})})
  cwindow
endfunction

function! s:fix() abort
  let l:command = 'vastlint --fix --quiet --stdin-filename ' . shellescape(expand('%:p')) . ' -'
  let l:fixed = systemlist(l:command, getline(1, '$'))
  " 2: it could not do its job, and says why.
  if v:shell_error > 1
    echohl ErrorMsg | echo join(l:fixed, "\n") | echohl None
    return
  endif
  if l:fixed !=# getline(1, '$')
    let l:view = winsaveview()
    call deletebufline('%', len(l:fixed) + 1, '$')
    call setline(1, l:fixed)
    call winrestview(l:view)
  endif
endfunction

command! Vastlint call s:find()
command! VastlintFix call s:fix()
